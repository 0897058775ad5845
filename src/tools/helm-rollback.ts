/**
 * Back to an earlier revision of a Helm release: which one is found here, by the labels of the Secrets that Helm keeps; what
 * is in it only the guard reads.
 */
import * as z from 'zod'
import { BulkheadError } from '../errors.ts'
import { storedName } from '../kube/helm.ts'
import { changeTool } from '../tool.ts'
import { cluster, ownNamespace, release } from './arguments.ts'
import { targetOf } from './change-target.ts'
import { look, MAX_REVISION, type Release, releaseOf } from './helm.ts'

/** One is deployed; where Helm was broken off there may be a second. Each is read and written whole. */
const MAX_DEPLOYED = 3
/** They were the cluster's state once. One that failed was not, and is taken only when it is asked for. */
const WAS_DEPLOYED: readonly string[] = ['deployed', 'superseded']

const notPlannable = (message: string): BulkheadError => new BulkheadError('not_plannable', message)

const checkNewest = ({ status }: Release): void => {
  if (status.startsWith('pending-'))
    throw notPlannable(
      'Helm has begun an install, upgrade or rollback of this release and not ended it. Wait for it; if it was broken off, roll back with Helm itself.',
    )
  if (status === 'uninstalled' || status === 'uninstalling')
    throw notPlannable('The release is uninstalled. Install it again with Helm: a rollback would not be whole.')
}

const chosenFrom = (revisions: readonly Release[], newest: Release, toRevision: number | undefined): Release => {
  const chosen =
    toRevision === undefined
      ? revisions.find((it) => it.revision < newest.revision && WAS_DEPLOYED.includes(it.status))
      : revisions.find((it) => it.revision === toRevision)
  if (chosen !== undefined) return chosen
  throw new BulkheadError(
    'invalid_arguments',
    `There is no such revision to go back to. Kept are: ${revisions.map((it) => it.revision).join(', ')}.`,
  )
}

export const helmRollback = changeTool({
  name: 'helm_rollback',
  title: 'Roll back a Helm release',
  description: 'Goes back to a revision, by default the one before; no hooks.',
  input: z.strictObject({
    cluster,
    name: release,
    namespace: ownNamespace,
    toRevision: z.int().min(1).max(MAX_REVISION).optional(),
  }),
  needs: [{ verb: 'create', resource: 'secrets' }],
  async plan({ name, namespace, toRevision, ...input }, views) {
    const view = views.cluster(input.cluster)
    const found = await look(view, 'secrets', { namespace, labelSelector: `owner=helm,name=${name}` })
    if (found.refused !== undefined)
      throw new BulkheadError(
        found.refused.code,
        'Helm keeps its releases in Secrets, and these may not be looked at. The opt-in role (deploy/rbac/secrets-optin.yaml) and a rule that allows list of secrets would show them.',
      )
    const revisions = found.items
      .flatMap((item) => releaseOf(item) ?? [])
      .filter((it) => it.name === name)
      .toSorted((a, b) => b.revision - a.revision)
    const [newest] = revisions
    if (newest === undefined)
      throw new BulkheadError(
        'not_found',
        'No Secret here holds such a Helm release: helm_list names those there are. One that Helm keeps in ConfigMaps is rolled back with Helm itself.',
      )
    checkNewest(newest)
    const { revision: to } = chosenFrom(revisions, newest, toRevision)
    const deployed = revisions.filter(({ status }) => status === 'deployed').map(({ revision }) => revision)
    if (!found.complete || deployed.length > MAX_DEPLOYED)
      throw notPlannable(
        'Helm keeps too many revisions of this release to plan a rollback. Roll back with Helm itself.',
      )
    const type = await view.resolve('secrets', 'v1')
    const target = targetOf(type, storedName(name, newest.revision), namespace)
    return {
      cluster: view.name,
      operations: [{ ...target, namespace, verb: 'rollback', release: name, newest: newest.revision, to, deployed }],
      subject: { kind: 'Release', name, namespace },
      notes: [
        `Goes back from revision ${newest.revision} to what revision ${to} was, as revision ${newest.revision + 1}.`,
        'Hooks of the chart are not run.',
      ],
    }
  },
})
