/** Manifests, strictly (THREATS.md L3-2): what is read is what was written, or nothing is. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import { MAX_MANIFEST, parseManifests } from '../../../src/kube/manifest.ts'

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: shop }\n'

const refusal = (text: string): string => {
  try {
    parseManifests(text)
  } catch (error) {
    if (error instanceof BulkheadError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'taken'
}

describe('L3-2 manifests', () => {
  test('takes YAML, JSON, several documents and lists, in their order', () => {
    const text = `${head}---\n${head.replace('name: a', 'name: b')}---\n`
    expect(parseManifests(text).map((it) => (it.metadata as { name: string }).name)).toEqual(['a', 'b'])
    const json = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }
    expect(parseManifests(JSON.stringify(json))).toEqual([json])
    expect(parseManifests(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [json, json] }))).toHaveLength(2)
  })

  test('leaves out what kubectl writes and means nothing', () => {
    const [object] = parseManifests(`${head.replace('name: a', 'name: a, creationTimestamp: null')}status: {}\n`)
    expect(object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' } })
  })

  test.each([
    ['an alias', `${head}data: &d { a: "1" }\nmore: *d\n`, /aliases are not taken/],
    ['a duplicate key', `${head}data: { a: "1", a: "2" }\n`, /duplicated mapping key/],
    ['a merge key', `${head}<<: { data: {} }\n`, /merge keys/],
    ['an integer past 2^53', `${head}n: 12345678901234567890\n`, /past 2\^53/],
    ['an integer that YAML 1.1 reads as octal', `${head}mode: 0644\n`, /leading zero/],
    ['an infinite number', `${head}n: .inf\n`, /infinite/],
    ['a tag of its own', `${head}n: !ruby/object {}\n`, /./],
    ['no object', 'just text\n', /no object with/],
    ['nothing', '---\n', /there is no object/],
    ['no name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', /metadata\.name must be there/],
    ['generateName', 'apiVersion: v1\nkind: Pod\nmetadata: { generateName: a- }\n', /generateName is not taken/],
    ['a status', `${head}status: { phase: x }\n`, /status belongs to controllers/],
    ['a resourceVersion', head.replace('name: a', 'name: a, resourceVersion: "7"'), /the server's own/],
    ['one bad document of two', `${head}---\nkind: ConfigMap\n`, /Manifest 2 of 2/],
    ['too deep', `${head}a: ${'['.repeat(200)}${']'.repeat(200)}\n`, /./],
    ['too long', `${head}a: "${'x'.repeat(MAX_MANIFEST)}"\n`, /characters/],
    ['too many', `${head}---\n`.repeat(101), /at most 100/],
    ['a hidden prototype', `${head}"__proto__": { a: 1 }\n`, /./],
  ])('refuses %s, whole', (_, text, words) => {
    expect(refusal(text)).toMatch(/^manifest_invalid: /)
    expect(refusal(text)).toMatch(words)
  })

  test('quotes nothing of what it refuses', () => {
    const canary = ['fixture', 'canary', '9a8b'].join('-')
    for (const text of [`${head}a: "${canary}\n`, `${head}${canary}: 1\n${canary}: 2\n`, `{ ${canary}`])
      expect(refusal(text)).not.toContain(canary)
  })

  test('whatever it takes, it read as it stands; whatever it is given, it answers with our own error', () => {
    const values = fc.jsonValue({ depthSize: 'small' })
    void fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), values), (data) => {
        const object = { ...data, apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
        const text = JSON.stringify({ ...object, status: undefined })
        if (refusal(text) === 'taken')
          expect(JSON.stringify(parseManifests(text)[0])).toBe(JSON.stringify(withoutStatus(JSON.parse(text))))
      }),
    )
    void fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void refusal(text)))
  })

  test('takes no longer for hostile text than for any other of its length', () => {
    const lol = Array.from({ length: 20 }, (_, n) => `l${n}: &l${n} [${n === 0 ? '"x"' : `*l${n - 1}, *l${n - 1}`}]`)
    for (const text of [`${head}${lol.join('\n')}\n`, '['.repeat(100_000), 'a: '.repeat(100_000), '- '.repeat(200_000)])
      expect(refusal(text)).toMatch(/^manifest_invalid/)
  })
})

const withoutStatus = ({ status: _, metadata, ...rest }: Record<string, unknown>) => ({ ...rest, metadata })
