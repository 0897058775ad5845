/** The address of one of the console's pages, for those who are told of it elsewhere. `segments`: of its path, as they are. */
export const consoleUrl = (publicUrl: string, ...segments: readonly string[]): string =>
  `${publicUrl.replace(/\/$/, '')}/console/${segments.map(encodeURIComponent).join('/')}`
