/** What a local run tells the person in front of it: where it is, with which keys, and how to connect each client. */
import type { Setup } from './setup.ts'

const consoleOf = (url: string): string => new URL('/console', url).href

/** The one line of `--json`. */
export const jsonLine = (url: string, setup: Setup): string =>
  JSON.stringify({
    url,
    console: consoleOf(url),
    agentKey: setup.agentKey,
    operatorKey: setup.operatorKey,
    kubeconfig: setup.kubeconfig,
    config: setup.configFile,
  })

/** Of several clusters a call must name one. */
const argumentsOf = ({ config }: Setup): object => {
  const [first, ...others] = Object.keys(config.clusters)
  return others.length === 0 ? {} : { cluster: first }
}

const hasChange = ({ config }: Setup): boolean =>
  Object.values(config.clusters).some(({ credentials }) => credentials.change !== undefined)

const curl = (url: string, key: string, setup: Setup): string =>
  [
    `curl -s ${url} -H 'Authorization: Bearer ${key}' \\`,
    `  -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\`,
    `  -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pods_list","arguments":${JSON.stringify(argumentsOf(setup))}}}'`,
  ].join('\n')

const clients = (url: string, key: string): string[] => {
  const headers = { Authorization: `Bearer ${key}` }
  return [
    'Claude Code:',
    `  claude mcp add --transport http bulkhead ${url} --header 'Authorization: Bearer ${key}'`,
    'VS Code, in .vscode/mcp.json:',
    `  ${JSON.stringify({ servers: { bulkhead: { type: 'http', url, headers } } })}`,
    'Cursor, in ~/.cursor/mcp.json:',
    `  ${JSON.stringify({ mcpServers: { bulkhead: { url, headers } } })}`,
  ]
}

export const announcement = (url: string, setup: Setup): string => {
  const key = setup.agentKey ?? '<a key of your configuration>'
  return [
    '',
    `Bulkhead serves ${setup.title}.`,
    '',
    `  MCP endpoint   ${url}`,
    `  console        ${consoleOf(url)}   (sign in with the operator key)`,
    ...(setup.agentKey === null
      ? []
      : [
          `  agent key      ${setup.agentKey}   (reads everything; ${hasChange(setup) ? 'changes need approval' : 'changes nothing: there is no change credential'})`,
        ]),
    ...(setup.operatorKey === null
      ? []
      : [`  operator key   ${setup.operatorKey}   (the console, /readyz, /metrics, /audit/export)`]),
    ...(setup.kubeconfig === null ? [] : [`  kubeconfig     ${setup.kubeconfig}`]),
    `  configuration  ${setup.configFile}`,
    '',
    ...clients(url, key),
    '',
    'Or look at the pods from a second terminal:',
    '',
    curl(url, key, setup),
    '',
    'Ctrl-C stops it.',
    '',
  ].join('\n')
}
