/** Which revision a rollback goes back to, and which releases have none: by the labels of Helm's Secrets alone. */
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../src/access.ts'
import type { KubeObject } from '../../../src/tool.ts'
import { helmRollback } from '../../../src/tools/helm-rollback.ts'
import { createFake, planWith } from '../../support/fake-view.ts'

const kept = (version: number, status: string): KubeObject => ({
  metadata: {
    name: `sh.helm.release.v1.web.v${version}`,
    namespace: 'shop',
    labels: { owner: 'helm', name: 'web', version: String(version), status },
  },
})

const REFUSED: Verdict = { decision: 'deny', by: 'default', reason: 'No rule allows it.' }

const plan = async (
  revisions: readonly KubeObject[],
  args: object = {},
  more: { readonly page?: number; readonly decide?: () => Verdict } = {},
) => {
  const { page, decide } = more
  const fake = createFake({
    clusters: [{ objects: { secrets: revisions }, ...(page === undefined ? {} : { page }) }],
    ...(decide === undefined ? {} : { decide }),
  })
  const change = await planWith(helmRollback, { name: 'web', namespace: 'shop', ...args }, fake.views)
  return { change, calls: fake.calls }
}

describe('helm_rollback', () => {
  test('goes back to the revision before, and asks for metadata alone', async () => {
    const { change, calls } = await plan([kept(9, 'superseded'), kept(10, 'deployed'), kept(8, 'superseded')])
    expect(change).toMatchObject({
      cluster: 'demo',
      operations: [
        {
          verb: 'rollback',
          namespace: 'shop',
          name: 'sh.helm.release.v1.web.v10',
          release: 'web',
          newest: 10,
          to: 9,
          deployed: [10],
        },
      ],
      subject: { kind: 'Release', name: 'web', namespace: 'shop' },
      notes: ['Goes back from revision 10 to what revision 9 was, as revision 11.', 'Hooks of the chart are not run.'],
    })
    expect([...new Set(calls.map(({ method }) => method))].toSorted()).toEqual(['metadata', 'resolve'])
  })

  test.each<[string, readonly KubeObject[], object, number]>([
    [
      'behind a failed upgrade, the one that is deployed',
      [kept(4, 'failed'), kept(3, 'deployed'), kept(2, 'superseded')],
      {},
      3,
    ],
    ['not one that failed', [kept(4, 'deployed'), kept(3, 'failed'), kept(2, 'superseded')], {}, 2],
    ['one that failed, when asked', [kept(4, 'deployed'), kept(3, 'failed')], { toRevision: 3 }, 3],
    ['the same again, when asked', [kept(4, 'deployed')], { toRevision: 4 }, 4],
    ['behind a rollback that stopped', [kept(4, 'superseded'), kept(3, 'superseded')], {}, 3],
  ])('goes back to %s', async (_, revisions, args, to) => {
    expect((await plan(revisions, args)).change).toMatchObject({ operations: [{ to }] })
  })

  test.each<[string, readonly KubeObject[], object, string, RegExp]>([
    ['an install that waits', [kept(1, 'pending-install')], {}, 'not_plannable', /not ended/],
    ['an upgrade that waits', [kept(2, 'pending-upgrade'), kept(1, 'deployed')], {}, 'not_plannable', /not ended/],
    ['a rollback that waits', [kept(2, 'pending-rollback'), kept(1, 'deployed')], {}, 'not_plannable', /not ended/],
    ['a release that is gone', [kept(2, 'uninstalled'), kept(1, 'superseded')], {}, 'not_plannable', /uninstalled/],
    ['one that goes', [kept(2, 'uninstalling'), kept(1, 'superseded')], {}, 'not_plannable', /uninstalled/],
    [
      'a revision that is not kept',
      [kept(4, 'deployed'), kept(3, 'superseded')],
      { toRevision: 1 },
      'invalid_arguments',
      /4, 3\./,
    ],
    ['a first revision without one before', [kept(1, 'deployed')], {}, 'invalid_arguments', /Kept are: 1\./],
    ['no release', [], {}, 'not_found', /helm_list/],
    ['too many that are deployed', [4, 3, 2, 1].map((it) => kept(it, 'deployed')), {}, 'not_plannable', /too many/],
  ])('refuses %s', async (_, revisions, args, code, words) => {
    await expect(plan(revisions, args)).rejects.toMatchObject({ code, message: expect.stringMatching(words) })
  })

  test('refuses where not all Secrets were read', async () => {
    const revisions = Array.from({ length: 11 }, (_, at) => kept(11 - at, at === 0 ? 'deployed' : 'superseded'))
    await expect(plan(revisions, {}, { page: 1 })).rejects.toMatchObject({ code: 'not_plannable' })
  })

  test('R-3 says which role shows the Secrets', async () => {
    await expect(plan([kept(1, 'deployed')], {}, { decide: () => REFUSED })).rejects.toMatchObject({
      code: 'policy_denied',
      message: expect.stringMatching(/secrets-optin\.yaml/),
    })
  })

  test('L3-1 takes no name that could be another selector', async () => {
    await expect(plan([], { name: 'web,owner!=helm' })).rejects.toMatchObject({ code: 'invalid_arguments' })
  })
})
