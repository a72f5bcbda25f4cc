/** Dotted, since container runtimes take an undotted first part for a folder of Docker Hub. */
export const imageRepository = 'metallb-ts.io/metallb'

export const imageTag = 'v0.1.0'

export const imageName = `${imageRepository}:${imageTag}`
