/** `npm start`: the product in workerd, on an embedded demo cluster or on clusters of one's own. */
import { runLocally } from './local/run.ts'
import { startWorkerd } from './local/workerd.ts'

await runLocally((setup, port, state) =>
  startWorkerd({
    entry: new URL('../src/worker.ts', import.meta.url).pathname,
    config: setup.config,
    secrets: setup.secrets,
    port,
    ...(state === undefined ? {} : { state }),
  }),
)
