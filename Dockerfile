FROM docker.io/library/node:24-bookworm AS build
WORKDIR /src
COPY . .
RUN npm install --no-save --no-audit --no-fund && node hack/build.ts && node hack/image/main.ts --root /image

FROM scratch
COPY --from=build /image/base /
COPY --from=build /image/app /
USER 65534:65534
ENV PATH=/usr/bin MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /
ENTRYPOINT ["/usr/bin/node", "--max-semi-space-size=1", "--max-old-space-size=512", "--optimize-for-size", "--no-maglev", "--no-opt", "--bytecode-old-age=1"]
