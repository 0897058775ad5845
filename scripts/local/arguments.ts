/** The command line of a local run: `--config FILE`, or `--kubeconfig FILE [--context NAME]`, or nothing for the demo. */
import { parseArgs } from 'node:util'

export type Mode =
  | { readonly kind: 'demo' }
  | { readonly kind: 'config'; readonly file: string }
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly context: string | undefined }

export interface LocalArguments {
  readonly mode: Mode
  /** Undefined: the usual port, or any free one where that is taken. */
  readonly port: number | undefined
  readonly json: boolean
  /** Where the ledger is kept between runs; undefined: a private folder of this run, removed at its end. */
  readonly state: string | undefined
}

export const USAGE = `Usage: npm start [-- OPTIONS]
  (nothing)                             an embedded demo cluster
  --config FILE                         the clusters of a bulkhead.yaml; secrets from environment variables
  --kubeconfig FILE [--context NAME]    one cluster of your own, by token or client certificate
  --port N                              listen there (default 8790, or a free one)
  --state DIR                           keep the ledger there between runs
  --json                                one line of JSON on stdout: { url, agentKey, operatorKey, kubeconfig, config }`

/** Thrown for anything a person typed wrong; its message is all that is shown. */
export class UsageError extends Error {}

export const parseLocalArguments = (argv: readonly string[]): LocalArguments => {
  let values: { [key: string]: string | boolean | undefined }
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        port: { type: 'string' },
        state: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
  const [config, kubeconfig, context, port] = [text('config'), text('kubeconfig'), text('context'), text('port')]
  if (values.help === true) throw new UsageError(USAGE)
  if (config !== undefined && kubeconfig !== undefined) throw new UsageError('--config or --kubeconfig, not both.')
  if (context !== undefined && kubeconfig === undefined) throw new UsageError('--context goes with --kubeconfig.')
  if (port !== undefined && !(/^[0-9]{1,5}$/.test(port) && Number(port) <= 65_535))
    throw new UsageError(`--port "${port}": a number from 0 (any free one) to 65535.`)
  const mode: Mode =
    config !== undefined
      ? { kind: 'config', file: config }
      : kubeconfig !== undefined
        ? { kind: 'kubeconfig', file: kubeconfig, context }
        : { kind: 'demo' }
  return { mode, port: port === undefined ? undefined : Number(port), json: values.json === true, state: text('state') }
}
