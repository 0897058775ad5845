/** What is broken, why, with the evidence: the engine of diagnose/ on the caller's own view of a cluster. */
import * as z from 'zod'
import { durationMs } from '../config.ts'
import { diagnose as examine } from '../diagnose/index.ts'
import { renderReport, reportNotes } from '../diagnose/render.ts'
import { BulkheadError } from '../errors.ts'
import { type Report, reportSchema, type Scope } from '../report.ts'
import { readTool } from '../tool.ts'
import { cluster, kind, name, namespace, since } from './arguments.ts'
import { createGlances } from './glance.ts'
import { changesBefore } from './report-changes.ts'

/** How far back changes are told; changes_list has the same. */
const SHORTLY = '1d'

export const diagnose = readTool({
  name: 'diagnose',
  title: 'Diagnose',
  description: 'What is broken in a cluster, namespace, node or object: ranked root causes with evidence. Only looks.',
  // `since` bounds what changed shortly before; what is broken is broken now.
  input: z.strictObject({ cluster, namespace, kind: kind.optional(), name: name.optional(), since }),
  output: reportSchema,
  needs: [{ verb: 'list', resource: 'pods' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    if ((input.kind === undefined) !== (input.name === undefined))
      throw new BulkheadError('invalid_arguments', 'kind and name belong together: give both, or neither.')
    const type = input.kind === undefined ? undefined : await view.resolve(input.kind)
    if (type !== undefined && type.namespaced !== (input.namespace !== undefined))
      throw new BulkheadError(
        'invalid_arguments',
        type.namespaced
          ? 'This kind is namespaced: name its namespace.'
          : 'This kind is cluster-scoped: leave out namespace.',
      )
    const scope: Scope = {
      cluster: view.name,
      ...(input.namespace === undefined ? {} : { namespace: input.namespace }),
      ...(type === undefined || input.name === undefined ? {} : { kind: type.kind, name: input.name }),
    }
    const looks = createGlances(view, views)
    const report: Report = await examine(scope, {
      ...(type === undefined ? {} : { type }),
      view,
      looks,
      now: views.now,
      elapsed: views.elapsed,
      changes: (read) => changesBefore(view, views, read, durationMs(input.since ?? SHORTLY)),
    })
    return { structured: { ...report }, untrusted: renderReport(report, views.now), notes: reportNotes(report) }
  },
})
