/** What the build puts into the Worker: bulkhead.yaml, checked, with defaults filled in (`npm run config:build`). */
declare module 'bulkhead:config' {
  const config: import('../../config.ts').Config
  export default config
}
