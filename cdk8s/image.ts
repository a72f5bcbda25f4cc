/** Of everything in this repository; package.json says the same (tested). */
export const version = '0.1.0'

/** Dotted, since container runtimes take an undotted first part for a folder of Docker Hub. */
export const imageRepository = 'metallb-ts.io/metallb'

export const imageTag = `v${version}`

/** One image carries all processes; the container's command picks one. */
export const imageName = `${imageRepository}:${imageTag}`
