/** @jsxImportSource hono/jsx */
/** A report's causes as a picture. Everything in it stands in words below it too; each box leads there. */
import type { Report } from '../../report.ts'
import { layoutGraph } from './graph.ts'

/** Where a finding's words are, by its place in the report: what it calls itself is not ours. */
export const anchorOf = (section: number, finding: number): string => `finding-${section + 1}-${finding + 1}`

export const Causes = ({ report, section }: { report: Report; section: number }) => {
  const graph = layoutGraph(report.findings, report.rootCauses)
  const indexOf = new Map(report.findings.map((it, index) => [it.id, index]))
  const label = `${report.rootCauses.length} root causes and ${graph.boxes.length - graph.boxes.filter((it) => it.root).length} consequences, each below what causes it`
  return (
    <figure class="tight">
      <svg class="causes" width={graph.width} height={graph.height} viewBox={`0 0 ${graph.width} ${graph.height}`}>
        <title>{label}</title>
        {graph.edges.map((it) => (
          <path class={it.further ? 'edge further' : 'edge'} d={it.path} />
        ))}
        {graph.boxes.map((box) => (
          <a href={`#${anchorOf(section, indexOf.get(box.id) ?? 0)}`}>
            <rect
              class={`box ${box.severity} ${box.root ? 'root' : ''}`}
              x={box.x}
              y={box.y}
              width={box.width}
              height={box.height}
              rx="7"
            />
            <rect class={`stripe ${box.severity}`} x={box.x} y={box.y + 7} width="4" height={box.height - 14} />
            <text class="head" x={box.x + 14} y={box.y + 19}>
              {box.head}
            </text>
            <text class="sub" x={box.x + 14} y={box.y + 36}>
              {box.sub}
            </text>
          </a>
        ))}
      </svg>
      <figcaption class="soft small">
        A cause stands above what it brings about; a thick frame is a root cause.
        {graph.edges.some((it) => it.further) && ' A dashed line is a second cause of the same.'}
        {graph.leftOut > 0 && ` ${graph.leftOut} more findings stand in words only.`}
      </figcaption>
    </figure>
  )
}
