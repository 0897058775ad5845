/**
 * Every control of the threat model, as data. `done`: at least one test cites the id in its title, and the suite fails if
 * none does. `open`: not closed yet, with what is missing; it may be cited by tests of the part that stands.
 * docs/threats.md is generated from this list.
 */
export interface Requirement {
  readonly id: string
  readonly layer: string
  readonly control: string
  readonly state: 'done' | 'open'
  /** For `open`: what is missing. For `done`: a limit worth knowing, if any. */
  readonly note?: string
}

const RAILS = 'Rails'
const L1 = 'L1 Foundation model'
const L2 = 'L2 Data'
const L3 = 'L3 Framework'
const L4 = 'L4 Deployment'
const L5 = 'L5 Observability'
const L6 = 'L6 Security and compliance'
const L7 = 'L7 Ecosystem'

const done = (layer: string, id: string, control: string, note?: string): Requirement => ({
  id,
  layer,
  control,
  state: 'done',
  ...(note === undefined ? {} : { note }),
})
const open = (layer: string, id: string, control: string, note: string): Requirement => ({
  id,
  layer,
  control,
  state: 'open',
  note,
})

export const requirements: readonly Requirement[] = [
  done(
    RAILS,
    'R-1',
    'exec, attach, portforward, proxy, ephemeralcontainers, token requests, foreign reviews, CSR approval and deletecollection are unreachable for every input',
  ),
  done(
    RAILS,
    'R-2',
    'What is never writable: system namespaces, admission, RBAC that escalates, bootstrap Secrets, Pod Security labels, Bulkhead itself',
  ),
  done(RAILS, 'R-3', 'Secret values are never read where metadata will do, and never returned'),
  done(RAILS, 'R-4', 'A workload that violates Pod Security baseline is refused; restricted is shown to the approver'),
  done(RAILS, 'R-5', 'A write that carries a redaction mark is refused'),
  done(
    RAILS,
    'R-6',
    'resourceVersion and uid preconditions on every write; gracePeriodSeconds 0 and generateName refused',
    'a plan names its objects; every write carries uid and resourceVersion, or is a POST',
  ),

  done(
    L1,
    'L1-1',
    'Cluster text leaves inside an envelope marked untrusted, with a boundary that it cannot guess or close; never in a description, title, schema or error sentence',
  ),
  done(
    L1,
    'L1-2',
    'Control characters, ANSI and OSC sequences, Unicode tags, bidi, zero-width and variation selectors are stripped and counted',
  ),
  done(
    L1,
    'L1-3',
    'Non-interference: a client that obeys every sentence it reads causes no write that policy did not allow and receives no canary',
    'a yes of the person behind the client can be forged by the client, so `confirm` counts as allowed',
  ),
  done(
    L1,
    'L1-4',
    'Suspicious text is flagged, and nothing depends on the flag',
    'known styles are, paraphrases mostly are not: rates in docs/output.md',
  ),
  done(L1, 'L1-5', 'The tool catalogue is a constant with a published digest'),
  done(L1, 'L1-6', 'A plan made after the caller read untrusted text says so to the approver'),

  done(L2, 'L2-1', 'One serializer for every way out'),
  done(
    L2,
    'L2-2',
    'Canaries in at least 30 places; none leaves by any tool',
    'more than a hundred places, on the demo and on a real API server; docs/output.md says what a canary is not',
  ),
  done(L2, 'L2-3', 'Chunk-boundary invariance: redact(split anywhere) = redact(whole)'),
  done(L2, 'L2-4', 'A mark shows equality without the value: keyed, truncated, not derivable from the output'),
  done(L2, 'L2-5', 'Scanning is linear; over budget means cut and marked, never unscanned'),
  done(
    L2,
    'L2-6',
    'Personal data per policy',
    'rates in docs/output.md: measured on lines that we made, not on somebody’s logs',
  ),

  done(L3, 'L3-1', 'No shell, no kubectl, no string-built URL: a typed path builder, names by Kubernetes’ own grammar'),
  done(L3, 'L3-2', 'Manifests: aliases, depth, size and duplicate keys refused; fieldValidation=Strict'),
  done(L3, 'L3-3', 'tools/call enforces exactly what tools/list shows, for every tool under every policy'),
  done(L3, 'L3-4', 'Policy judges the admitted object'),
  done(L3, 'L3-5', 'The rails hold for a thousand hostile spellings'),

  done(
    L4,
    'L4-1',
    'Outbound requests go to configured origins only; redirects are refused; the token is never seen elsewhere',
  ),
  done(
    L4,
    'L4-2',
    'The shipped roles hold no wildcard; reads, changes and the secrets opt-in are separate credentials',
  ),
  done(L4, 'L4-3', 'An over-powered credential is refused at first use and hourly, unless an override says why'),
  done(L4, 'L4-4', 'TLS is always verified; exec plugins, insecure flags and proxies of a kubeconfig are refused'),
  done(L4, 'L4-5', 'A fresh server object per request: 200 interleaved callers, no crosstalk'),
  done(L4, 'L4-6', 'No subprocess and no filesystem in the bundle’s import graph'),

  done(L5, 'L5-1', 'INTENT before every single write, OUTCOME after; no INTENT, no write'),
  open(
    L5,
    'L5-2',
    'Hash chain and signed checkpoints; an offline verifier finds every flip, deletion, insertion, swap and fork, truncation and rollback',
    'the chain and the verifier stand; checkpoints do not: truncation and rollback are not visible yet',
  ),
  done(L5, 'L5-3', 'A dangling INTENT after a crash is reconciled against the cluster'),
  done(L5, 'L5-4', 'Values are never logged; one record is one line whatever the input'),
  done(
    L5,
    'L5-5',
    'Named anomaly rules, each with its threshold and able to freeze a caller; a kill switch for caller, cluster and everything, checked at commit',
    'counters are each cluster’s own',
  ),

  done(
    L6,
    'L6-1',
    'Audience-bound tokens, exact issuer, algorithm allow-list, rotation, clock skew; no token passthrough; RFC 9728 metadata',
  ),
  done(L6, 'L6-2', 'A plan is sealed and applied at most once'),
  done(L6, 'L6-3', 'Approval happens on the console, by a signed-in operator who is not the requester'),
  done(L6, 'L6-4', 'Before applying: kill switch, budgets, policy and the dry run again'),
  done(L6, 'L6-5', 'A client that cannot be asked is refused or sent to the console'),
  open(
    L6,
    'L6-6',
    'The caller’s own identity reaches the cluster by impersonation where configured',
    'not in the first round',
  ),

  done(
    L7,
    'L7-1',
    'Budgets are per caller and cluster, survive eviction, cannot be exceeded by parallelism or a new token',
  ),
  done(
    L7,
    'L7-2',
    'A breaker per cluster; one probe when half open; no retry of a write after an unknown outcome',
    'the breaker is each isolate’s own',
  ),
  done(L7, 'L7-3', 'Blast radius from live objects in every plan, with caps'),
  done(L7, 'L7-4', 'Delegation (act) is recorded, with a depth limit'),
]
