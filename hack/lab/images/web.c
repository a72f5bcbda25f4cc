/*
 * The web page of tests and demo: says which pod on which node was asked by whom.
 *
 *   web             serves on port 8080, IPv4 and IPv6; connections are kept open as long as the client wants
 *   web get H PORT  prints the page of somebody else (H is an address)
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 8080
#define REQUEST_BYTES 4096
#define STACK_BYTES (64 * 1024)
#define GET_SECONDS 3

static void fail(const char *step) {
  perror(step);
  exit(1);
}

static void end(int signal) {
  (void)signal;
  _exit(0);
}

/* The peer's address; IPv4 as IPv4, though it came through an IPv6 socket. */
static void name_peer(int connection, char *text, size_t size) {
  struct sockaddr_in6 peer = {0};
  socklen_t length = sizeof peer;
  getpeername(connection, (struct sockaddr *)&peer, &length);
  if (IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr)) inet_ntop(AF_INET, peer.sin6_addr.s6_addr + 12, text, size);
  else inet_ntop(AF_INET6, &peer.sin6_addr, text, size);
}

static int answer(int connection) {
  char pod[256] = "", client[INET6_ADDRSTRLEN] = "", body[640], response[1024];
  const char *node = getenv("NODE");
  gethostname(pod, sizeof pod - 1);
  name_peer(connection, client, sizeof client);
  int length = snprintf(body, sizeof body, "pod=%s node=%.255s client=%s\n", pod, node ? node : "", client);
  int size = snprintf(response, sizeof response,
                      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", length, body);
  return send(connection, response, size, MSG_NOSIGNAL) == size;
}

/* One connection, one thread: an empty line ends a request, and every request gets the page. */
static void *serve(void *argument) {
  int connection = (int)(intptr_t)argument;
  char request[REQUEST_BYTES + 1];
  size_t filled = 0;
  for (;;) {
    ssize_t count = recv(connection, request + filled, REQUEST_BYTES - filled, 0);
    if (count <= 0) break;
    filled += count;
    request[filled] = 0;
    if (strstr(request, "\r\n\r\n")) {
      if (!answer(connection) || strstr(request, "Connection: close")) break;
      filled = 0;
    } else if (filled == REQUEST_BYTES) {
      break;
    }
  }
  close(connection);
  return NULL;
}

static int listener(void) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = in6addr_any};
  int on = 1, off = 0, server = socket(AF_INET6, SOCK_STREAM, 0);
  if (server < 0) fail("socket");
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(server, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(server, (struct sockaddr *)&any, sizeof any) < 0) fail("bind");
  if (listen(server, SOMAXCONN) < 0) fail("listen");
  return server;
}

static _Noreturn void run_server(void) {
  struct sigaction on_end = {.sa_handler = end};
  sigaction(SIGINT, &on_end, NULL);
  sigaction(SIGTERM, &on_end, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  int server = listener();
  printf("web: serving on port %d\n", PORT);
  fflush(stdout);
  for (;;) {
    int connection = accept(server, NULL, NULL);
    pthread_t thread;
    if (connection < 0) continue;
    if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)connection) != 0) close(connection);
  }
}

/* Speaks IPv4 through the IPv6 socket, too: as ::ffff:a.b.c.d. */
static int parse_address(const char *host, struct in6_addr *address) {
  char mapped[INET6_ADDRSTRLEN + 8];
  if (inet_pton(AF_INET6, host, address) == 1) return 1;
  snprintf(mapped, sizeof mapped, "::ffff:%s", host);
  return inet_pton(AF_INET6, mapped, address) == 1;
}

static int run_get(const char *host, const char *port) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n";
  struct sockaddr_in6 server = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(port))};
  struct timeval limit = {.tv_sec = GET_SECONDS};
  int connection = socket(AF_INET6, SOCK_STREAM, 0);
  if (connection < 0) fail("socket");
  if (!parse_address(host, &server.sin6_addr)) return fprintf(stderr, "web: not an address: %s\n", host), 2;
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(connection, (struct sockaddr *)&server, sizeof server) < 0) fail("connect");
  if (send(connection, request, sizeof request - 1, MSG_NOSIGNAL) < 0) fail("send");
  char text[REQUEST_BYTES + 1];
  ssize_t filled = 0, count;
  while ((count = recv(connection, text + filled, REQUEST_BYTES - filled, 0)) > 0) filled += count;
  if (count < 0) fail("receive");
  text[filled] = 0;
  const char *body = strstr(text, "\r\n\r\n");
  fputs(body ? body + 4 : text, stdout);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 1) run_server();
  if (argc == 4 && strcmp(argv[1], "get") == 0) return run_get(argv[2], argv[3]);
  fputs("usage: web [get ADDRESS PORT]\n", stderr);
  return 2;
}
