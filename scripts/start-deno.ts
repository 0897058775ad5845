/** `npm run start:deno`: the same product on Deno, on an embedded demo cluster or on clusters of one's own. */
import { startDeno } from './local/deno.ts'
import { runLocally } from './local/run.ts'

await runLocally((setup, port, state) =>
  startDeno({
    config: setup.config,
    source: setup.source,
    secrets: setup.secrets,
    port,
    directory: setup.directory,
    ...(state === undefined ? {} : { state }),
  }),
)
