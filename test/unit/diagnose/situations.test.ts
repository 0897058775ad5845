/** Every situation of test/situations on the demo cluster, diagnosed through the whole product. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mistakesOf } from '../../support/situations/compare.ts'
import { type DemoGround, startDemoGround } from '../../support/situations/demo-ground.ts'
import { diagnoseSituation } from '../../support/situations/diagnosing.ts'
import { imagesOf, loadSituations } from '../../support/situations/format.ts'
import { plant } from '../../support/situations/planter.ts'

const situations = loadSituations().filter(({ expected }) => expected.platforms.includes('demo'))

describe('on the demo cluster', () => {
  let ground: DemoGround

  beforeAll(async () => {
    ground = await startDemoGround(situations.flatMap(imagesOf))
  })
  afterAll(() => ground?.stop())

  test.each(situations.map((it) => [it.name, it] as const))('%s', async (_name, situation) => {
    const planted = await plant(ground, situation)
    try {
      const { report, writes } = await diagnoseSituation(ground.cluster, situation, planted)
      expect(mistakesOf(situation, planted, report)).toEqual([])
      expect(writes).toEqual([])
    } finally {
      await planted.remove()
    }
  })
})
