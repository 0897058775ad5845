/**
 * Stands in the bundle where secretlint's preset names `node:path` and `node:fs`: for its rule on GCP's key files, which
 * reads files and does not run here (guard/output/secretlint.ts). A Worker has no such modules, and must not need them.
 */
const absent = (): never => {
  throw new Error('Node built-ins are not in a Worker')
}

// biome-ignore lint/style/noDefaultExport: the preset imports the default of node:path
export default { basename: absent }
