/**
 * Every route and middleware, in order, on one page; and the one place where tools meet the guard. An entry gives it
 * ports and configuration and gets back what answers requests, on any platform.
 */
import { Hono } from 'hono'
import type { Caller } from './access.ts'
import type { Config } from './config.ts'
import { BulkheadError } from './errors.ts'
import { beginAudits, createAuditor, isAuditJob } from './guard/auditor.ts'
import { boundPorts } from './guard/bounded.ts'
import { createGuard, type GuardParts } from './guard/call.ts'
import { createChangePath } from './guard/change-path.ts'
import { createSigner, type Signer } from './guard/checkpoint.ts'
import { createClusters } from './guard/clusters.ts'
import { createCursorSealer } from './guard/cursor.ts'
import type { Desk } from './guard/desk.ts'
import { createDiagnoser } from './guard/hooks/diagnoser.ts'
import { createReportReader, reportTools } from './guard/hooks/reading.ts'
import { tellingJobs } from './guard/job-telling.ts'
import { type DerivedKeys, deriveKeys } from './guard/keys.ts'
import { createOutput, type Output } from './guard/output/index.ts'
import { compilePolicy } from './guard/policy.ts'
import { createReader } from './guard/reader.ts'
import { overSeveral } from './guard/several.ts'
import { createTracing } from './guard/trace/index.ts'
import { auditExport } from './http/audit.ts'
import { authenticate, createIdentity } from './http/authenticate.ts'
import { readJson } from './http/body.ts'
import { createCatalogue } from './http/catalogue.ts'
import { createCheckpoints } from './http/checkpoints.ts'
import { consoleProblem, createConsole } from './http/console/index.ts'
import { callerOf, type HttpEnv } from './http/env.ts'
import { securityHeaders } from './http/headers.ts'
import { type Check, createRounds, healthz, ledgerCheck, readyz } from './http/health.ts'
import { createHooks } from './http/hooks/index.ts'
import { createMcpEndpoint, createServerFactory, type McpEndpoint, type McpEndpointOptions } from './http/mcp.ts'
import { protectedResourceMetadata } from './http/metadata.ts'
import { createMetrics, metricsRoute } from './http/metrics.ts'
import { hostCheck, originCheck } from './http/origin.ts'
import { requirePower } from './http/power.ts'
import { methodNotAllowed, noRoute, onProblem } from './http/problem.ts'
import { secretsCheck } from './http/secrets-check.ts'
import { shield } from './http/shield.ts'
import type { RunJob } from './jobs.ts'
import type { Offer } from './offer.ts'
import type { PlanView } from './plan.ts'
import { GATEWAY_LEDGER, type Ports } from './ports.ts'
import type { Answer, Tool } from './tool.ts'
import type { BeginTrace } from './trace.ts'
import { VERSION } from './version.ts'

export interface App {
  fetch(request: Request): Promise<Response>
  /** What the `Jobs` port runs. */
  readonly runJob: RunJob
}

export interface AppOptions {
  /** In the place of the product's own MCP servers, behind the same middleware: for the conformance suite. */
  readonly mcp?: Pick<McpEndpointOptions, 'factory' | 'streams'>
}

/** The product's tools, what it offers beside them, and how a plan reads for a model. */
export interface ToolSet {
  readonly tools: readonly Tool[]
  readonly offer: Offer
  readonly renderPlan: (view: PlanView) => Pick<Answer, 'untrusted' | 'notes'>
}

interface Core {
  readonly output: Output
  readonly endpoint: McpEndpoint
  readonly runJob: RunJob
  readonly desk: Desk
  readonly keys: DerivedKeys
  readonly signer: Signer
  readonly trace: BeginTrace | undefined
}

export const createApp = (
  platform: Ports,
  config: Config,
  { tools, offer, renderPlan }: ToolSet,
  options: AppOptions = {},
): App => {
  const ports = beginAudits(boundPorts(platform))
  const metrics = createMetrics()
  const clusters = createClusters({ ports, config, meter: metrics, version: VERSION })
  const breakers = () => Object.keys(config.clusters).map((name) => [name, clusters(name).breaker.phase()] as const)
  const catalogue = createCatalogue(tools)
  const ledgers = [GATEWAY_LEDGER, ...Object.keys(config.clusters)]

  /**
   * What needs the master key, made at the first request that needs it. Only the result is kept: a promise that belongs
   * to one request must not be waited for by another.
   */
  let core: Core | undefined
  const getCore = async (): Promise<Core> => {
    if (core !== undefined) return core
    const keys = deriveKeys(await ports.secrets.get(config.masterKey.secret), config.masterKey.secret)
    const cursors = await createCursorSealer(keys.cursors, ports.random)
    const signer = await createSigner(keys.checkpoints)
    const policy = compilePolicy(config)
    const output = createOutput({ markKey: keys.marks, random: ports.random, ...config.output })
    const trace = createTracing({ ports, config, meter: metrics, output, version: VERSION })
    const { changes, desk, watching, teller, ...change } = await createChangePath({
      ports,
      config,
      policy,
      clusters,
      output,
      keys,
      meter: metrics,
    })
    const parts: GuardParts = {
      ports,
      config,
      policy,
      output,
      tools,
      changes,
      watching,
      renderPlan,
      open(cluster, context) {
        const { client, vet } = clusters(cluster, context.session.span)
        return createReader({ cluster, client, vet, policy, cursors, now: () => ports.clock.now(), ...context })
      },
      onReply: metrics.called,
      trace,
    }
    const guard = overSeveral({ guard: createGuard(parts), policy, output, maxBytes: config.output.maxBytes })
    const completing = createGuard({ ...parts, tools: [offer.completion] })
    const reports = createReportReader(createGuard({ ...parts, tools: reportTools(ports.reports) }))
    const diagnoser = createDiagnoser({ ports, config, guard, output, teller })
    const auditor = createAuditor({ ports, config, signer, teller })
    const runJob = tellingJobs(metrics, trace, async (job, attempt, signal, span) => {
      if (isAuditJob(job)) return auditor.run(job, attempt, signal)
      return job.kind === 'diagnose'
        ? diagnoser.run(job, attempt, signal, span)
        : change.runJob(job, attempt, signal, span)
    })
    const serverParts = { guard, catalogue, version: VERSION, offer, completing, reports }
    const endpoint = createMcpEndpoint({
      ...(options.mcp ?? { factory: createServerFactory(serverParts) }),
      onError: (error) =>
        ports.log({ event: 'mcp_error', ...output.line({ detail: `${error.name}: ${error.message}` }) }),
    })
    core ??= { output, endpoint, runJob, desk, keys, signer, trace }
    return core
  }

  const report = (error: BulkheadError, requestId: string): void => {
    metrics.failed(error.code)
    // Without the core there is no way out for words that we did not write.
    const detail = core === undefined ? {} : core.output.line({ detail: error.detail })
    ports.log({ event: 'request_failed', code: error.code, request: requestId, ...detail })
  }

  const reason = (error: BulkheadError): string =>
    core?.output.session().error(new BulkheadError(error.code, error.detail ?? error.message)).text ?? error.message

  const checks: readonly Check[] = [
    {
      name: 'configuration',
      async run() {
        await getCore()
        return undefined
      },
    },
    secretsCheck(config, ports.secrets),
    ledgerCheck(GATEWAY_LEDGER, () => ports.ledgers.ledger(GATEWAY_LEDGER)),
    ...Object.keys(config.clusters).map((name) => ledgerCheck(name, () => ports.ledgers.ledger(name), name)),
    ...Object.keys(config.clusters).map(
      (name): Check => ({
        name: `cluster ${name}`,
        cluster: name,
        async run(signal) {
          const { client, vet } = clusters(name)
          await client.version(signal)
          try {
            await vet()
          } catch (error) {
            // The cluster is there and answers; that its credential is refused is for the operator to mend, and to see.
            if (error instanceof BulkheadError && error.code === 'credential_overpowered')
              return { warning: reason(error) }
            throw error
          }
          return undefined
        },
      }),
    ),
  ]

  const identity = createIdentity({ config, ports, onRefusal: metrics.refused })
  const as = (kind: Caller['kind'], anonymous = false) => authenticate({ identity, kind, anonymous })

  const app = new Hono<HttpEnv>()
  const problem = onProblem({ report })
  const page = consoleProblem({ report })
  app.onError((error, c) => (c.req.path.startsWith('/console') ? page(error, c) : problem(error, c)))
  app.notFound(noRoute)

  app.use(securityHeaders({ publicUrl: config.publicUrl, random: ports.random }))
  app.get('/healthz', healthz)
  app.use('/hooks/*', shield({ ports, code: 'backlog_full' }))
  app.route('/hooks', createHooks({ config, ports, open: getCore, meter: metrics }))
  app.use(shield({ ports }))
  const round = createRounds({ checks, clock: ports.clock, reason })
  app.get('/readyz', as('operator', true), readyz(round))

  app.use(hostCheck(config.publicUrl))
  app.route('/', protectedResourceMetadata(config))
  app.use(originCheck(config.publicUrl))

  app.use('/mcp', as('agent'))
  app.post('/mcp', async (c) => {
    const { endpoint } = await getCore()
    return endpoint.handle(c.req.raw, await readJson(c.req.raw), callerOf(c), c.get('requestId'))
  })
  app.all('/mcp', methodNotAllowed(['POST']))

  const health = async () => (await round()) ?? []
  app.route('/console', createConsole({ config, ports, identity, open: getCore, health, report }))

  app.get(
    '/metrics',
    as('operator'),
    metricsRoute({ metrics, ports, ledgers, exporting: config.audit.export !== undefined, breakers }),
  )
  app.get('/audit/*', as('operator'), requirePower({ ports, power: 'audit' }))
  app.get('/audit/export', auditExport({ config, ports }))
  const checkpoints = createCheckpoints({ config, ports, open: getCore })
  app.route('/audit', checkpoints)

  const audits = ['/export', ...checkpoints.routes.map(({ path }) => path)].map((path) => `/audit${path}`)
  for (const path of ['/healthz', '/readyz', '/metrics', ...audits])
    app.all(path, as('operator', path === '/healthz' || path === '/readyz'), methodNotAllowed(['GET']))

  return {
    fetch: async (request) => app.fetch(request),
    runJob: async (...job) => (await getCore()).runJob(...job),
  }
}
