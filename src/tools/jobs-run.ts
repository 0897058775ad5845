/** A CronJob's work, now. */
import * as z from 'zod'
import { checkName } from '../kube/names.ts'
import { changeTool } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'

/** A Job's pods add eleven characters of their own to its name, and a label holds 63. */
const MAX_BASE = 34

export const jobsRun = changeTool({
  name: 'jobs_run',
  title: 'Run a CronJob now',
  description: "Makes one Job from a CronJob's template.",
  input: z.strictObject({ cluster, cronJob: name, namespace: ownNamespace }),
  needs: [{ verb: 'create', resource: 'jobs.batch' }],
  async plan(input, views) {
    const view = views.cluster(input.cluster)
    const target = await findTarget(view, {
      kind: 'cronjobs',
      apiVersion: 'batch/v1',
      name: input.cronJob,
      namespace: input.namespace,
    })
    const jobType = await view.resolve('jobs', 'batch/v1')
    const base = input.cronJob.slice(0, MAX_BASE).replace(/[-.]+$/, '')
    const jobName = checkName(jobType, `${base}-manual-${views.now.toString(36)}`)
    return {
      cluster: view.name,
      operations: [{ ...target, verb: 'run', jobType, jobName }],
      subject: subjectOf({ type: jobType, name: jobName, namespace: input.namespace }),
    }
  },
})
