/** @jsxImportSource hono/jsx */
/** What was found, in words: each root cause with its evidence folded, what could be done, and what it brings about. */
import type { Finding, Remedy, Report, Severity } from '../../report.ts'
import type { Section } from '../../reports.ts'
import { anchorOf } from './causes.tsx'
import { objectName } from './words.tsx'

const TONES: Readonly<Record<Severity, string>> = { critical: 'bad', warning: 'warn', info: 'info' }
export const SeverityBadge = ({ of }: { of: Severity }) => <span class={`badge ${TONES[of]}`}>{of}</span>

/** `prod / shop / Deployment cart`. */
export const placeName = ({ scope: { cluster, namespace, kind, name } }: Pick<Section, 'scope'>): string =>
  [cluster, namespace, kind === undefined ? undefined : `${kind} ${name ?? ''}`]
    .filter((it) => it !== undefined)
    .join(' / ')

const Evidence = ({ of }: { of: Finding }) =>
  of.evidence.length === 0 ? null : (
    <details>
      <summary>Evidence ({of.evidence.length})</summary>
      <ul class="steps">
        {of.evidence.map((it) => (
          <li class="tight">
            <code class="soft">{it.source}</code>
            <pre>{it.text}</pre>
          </li>
        ))}
      </ul>
    </details>
  )

/** A call is shown, never made: an agent may ask for it, and then policy and people decide. */
const Remedies = ({ of }: { of: readonly Remedy[] }) =>
  of.length === 0 ? null : (
    <div class="tight">
      <h4>What could be done</h4>
      <ul class="steps">
        {of.map((it) => (
          <li class="tight">
            <span>{it.text}</span>
            {it.call !== undefined && (
              <details>
                <summary>Proposal: {it.call.tool}</summary>
                <pre>{JSON.stringify({ tool: it.call.tool, arguments: it.call.arguments }, null, 2)}</pre>
              </details>
            )}
          </li>
        ))}
      </ul>
    </div>
  )

const One = ({ of, anchor, heading }: { of: Finding; anchor: string; heading: 'h3' | 'h4' }) => {
  const Heading = heading
  return (
    <article class="tight finding" id={anchor}>
      <div class="row spread">
        <Heading>{objectName(of.subject)}</Heading>
        <SeverityBadge of={of.severity} />
      </div>
      <p>{of.summary}</p>
      <p class="soft small">
        <code>{of.check}</code> · {of.confidence} confidence · {of.subject.apiVersion}
      </p>
      <Evidence of={of} />
      <Remedies of={of.remedies} />
    </article>
  )
}

/** Everything that a root brings about, whatever the way; each finding under the first root that reaches it. */
const below = (report: Report): ReadonlyMap<string, readonly Finding[]> => {
  const owner = new Map(report.rootCauses.map((id) => [id, id]))
  // As often as there are findings: a chain cannot be longer, and a circle ends here.
  for (let round = 0; round < report.findings.length; round += 1) {
    const before = owner.size
    for (const it of report.findings) {
      const cause = it.causedBy.find((id) => owner.has(id))
      if (!owner.has(it.id) && cause !== undefined) owner.set(it.id, owner.get(cause) ?? cause)
    }
    if (owner.size === before) break
  }
  const found = new Map<string, Finding[]>()
  for (const it of report.findings) {
    const root = owner.get(it.id)
    if (root !== undefined && root !== it.id) found.set(root, [...(found.get(root) ?? []), it])
  }
  return found
}

export const Findings = ({ report, section }: { report: Report; section: number }) => {
  const consequences = below(report)
  const indexOf = new Map(report.findings.map((it, index) => [it.id, index]))
  const anchor = ({ id }: Finding): string => anchorOf(section, indexOf.get(id) ?? 0)
  const shown = new Set([...report.rootCauses, ...[...consequences.values()].flat().map((it) => it.id)])
  const others = report.findings.filter((it) => !shown.has(it.id))
  const roots = report.rootCauses.flatMap((id) => report.findings.find((it) => it.id === id) ?? [])
  return (
    <>
      {[...roots, ...others].map((root) => {
        const after = consequences.get(root.id) ?? []
        return (
          <section class="card" aria-label={`Root cause: ${objectName(root.subject)}`}>
            <One of={root} anchor={anchor(root)} heading="h3" />
            {after.length > 0 && (
              <details open>
                <summary>{after.length === 1 ? 'One consequence' : `${after.length} consequences`}</summary>
                <div class="steps">
                  {after.map((it) => (
                    <One of={it} anchor={anchor(it)} heading="h4" />
                  ))}
                </div>
              </details>
            )}
          </section>
        )
      })}
    </>
  )
}
