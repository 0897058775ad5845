/** What secretlint's own engine finds with its recommended preset, ours finds too; and no rule of it is forgotten. */
import { lintSource } from '@secretlint/core'
import { creator, rules } from '@secretlint/secretlint-rule-preset-recommend'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LITERALS, REPLACED } from '../../../src/guard/output/secretlint.ts'
import { findSecrets } from '../../../src/guard/output/secrets.ts'
import { BODY, pem } from './support.ts'

const ALPHANUMERIC = BODY + BODY + BODY + BODY
const HEX = '0a1b2c3d4e5f6789'.repeat(8)
const LETTERS = 'aBcDeFgHiJkLmNoPqRsTuVwXyZ'.repeat(2)
const DIGITS = '1234567890123'

const TOKEN = ALPHANUMERIC.slice(0, 24)
/** Base64 that ends in `fQ==`, as the rule wants it: JSON whose last byte stands alone. */
const SERVICE_ACCOUNT = ['', 'a', 'aa']
  .map((pad) => btoa(JSON.stringify({ email: `x${pad}`, muk: { k: HEX }, signInAddress: 'x', srpX: HEX, userAuth: 1 })))
  .filter((it) => it.endsWith('fQ=='))

/** At least one of each rule's own shapes, made up; and what of it is the secret, where that is not all. */
const SAMPLES: readonly (readonly [rule: string, sample: string, secret?: string])[] = [
  ['npm', `npm_${ALPHANUMERIC.slice(0, 36)}`],
  ['npm', `https://${TOKEN}:x-oauth-basic@github.com/a`, TOKEN],
  ['slack', `xoxb-${ALPHANUMERIC.slice(0, 12)}-${TOKEN}`],
  ['slack', `https://hooks.slack.com/services/T${DIGITS}/B${DIGITS}/${TOKEN}`, TOKEN],
  ['shopify', `shpat_${HEX.slice(0, 32)}`],
  ['stripe', `sk_live_${TOKEN}`],
  ['grafana', `glc_${ALPHANUMERIC.slice(0, 60)}`],
  ['grafana', `glsa_${ALPHANUMERIC.slice(0, 32)}_${HEX.slice(0, 8)}`],
  ['anthropic', `sk-ant-api03-${ALPHANUMERIC.slice(0, 93)}AA`],
  ['groq', `gsk_${ALPHANUMERIC.slice(0, 52)}`],
  ['huggingface', `hf_${LETTERS.slice(0, 34)}`],
  ['linear', `lin_api_${ALPHANUMERIC.slice(0, 40)}`],
  ['notion', `ntn_${DIGITS.slice(0, 11)}${ALPHANUMERIC.slice(0, 35)}`],
  ...SERVICE_ACCOUNT.map((it) => ['1password', `ops_${it}`] as const),
  ['hashicorp-vault', `hvs.${ALPHANUMERIC.slice(0, 95)}`],
  ['hashicorp-vault', `hvb.${ALPHANUMERIC.slice(0, 150)}`],
  ['vercel', `vcp_${TOKEN}`],
  ['databricks', `dapi${HEX.slice(0, 32)}`],
  ['docker', `dckr_pat_${ALPHANUMERIC.slice(0, 27)}`],
  ['cloudflare', `cfut_${ALPHANUMERIC.slice(0, 40)}${HEX.slice(0, 8)}`],
  ['tailscale', `tskey-auth-${ALPHANUMERIC.slice(0, 12)}-${TOKEN}`],
  ['github', `ghp_${ALPHANUMERIC.slice(0, 36)}`],
  ['github', `github_pat_${ALPHANUMERIC.slice(0, 82)}`],
  ['gitlab', `glpat-${ALPHANUMERIC.slice(0, 20)}`],
  ['figma', `figd_${ALPHANUMERIC.slice(0, 44)}`],
  ['openai', `sk-proj-${ALPHANUMERIC.slice(0, 74)}T3BlbkFJ${ALPHANUMERIC.slice(0, 74)}`],
  ['sendgrid', `SG.${ALPHANUMERIC.slice(0, 22)}.${ALPHANUMERIC.slice(0, 43)}`],
  ['basicauth', `https://shop:${TOKEN}@db.example.org/x`, TOKEN],
  ['database-connection-string', `postgres://shop:${TOKEN}@db/x`, TOKEN],
  ['database-connection-string', `mongodb+srv://shop:${TOKEN}@m.example.org/x`, TOKEN],
  ['aws', `aws_secret_access_key = ${ALPHANUMERIC.slice(0, 40)}`, ALPHANUMERIC.slice(0, 40)],
  ['privatekey', pem(8)],
]

const lint = async (text: string): Promise<readonly (readonly [number, number])[]> => {
  const found = await lintSource({
    source: { content: text, filePath: 'text', ext: '', contentType: 'text' },
    options: { noPhysicFilePath: true, config: { rules: [{ id: creator.meta.id, rule: creator }] } },
  })
  return found.messages.map((it) => it.range)
}

const isCovered = (text: string, secret: string): boolean => {
  const at = text.indexOf(secret)
  return findSecrets(text).some((it) => it.start <= at && it.end >= at + secret.length)
}

describe('secretlint', () => {
  const named = rules.map((rule) => rule.meta.id.replace('@secretlint/secretlint-rule-', ''))

  test('each rule of the preset is either run or replaced, with a reason', () => {
    expect([...Object.keys(LITERALS), ...Object.keys(REPLACED)].toSorted()).toEqual(named.toSorted())
  })

  test('each rule that reads text has a sample', () => {
    const without = ['filter-comments', 'gcp']
    expect(named.filter((rule) => !without.includes(rule) && !SAMPLES.some(([it]) => it === rule))).toEqual([])
  })

  test.each(SAMPLES)('L2-2 %s: what its engine finds is masked whole: %s', async (_, sample = '', secret = sample) => {
    const text = `first ${sample} last`
    expect((await lint(text)).length).toBeGreaterThan(0)
    expect(isCovered(text, secret)).toBe(true)
  })

  test('L2-2 in any mixture, what its engine finds in a part is masked in the whole', () => {
    const separator = fc.constantFrom(' ', '\n', '"', ', ', ' a ', ' = ', ' (', ') ', '; ', ' é ', '\t')
    const parts = fc.array(fc.tuple(fc.constantFrom(...SAMPLES), separator), { minLength: 1, maxLength: 6 })
    return fc.assert(
      fc.property(parts, (chosen) => {
        const text = chosen.map(([[, sample], after]) => sample + after).join('')
        for (const [[, sample, secret = sample]] of chosen) expect(isCovered(text, secret)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
