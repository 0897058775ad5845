/**
 * The rules of secretlint's recommended preset, run without its engine (docs/design/rules-without-an-engine.md says why): the rules are
 * set up once, answer at once, and cannot be switched off by a comment in the text they scan. Each runs only where one of
 * its own literal beginnings is present.
 */
import { rules } from '@secretlint/secretlint-rule-preset-recommend'
import type { Finding } from './finding.ts'

const PRESET = '@secretlint/secretlint-rule-'

/** What every match of a rule must contain. A rule that is in neither list runs on every text: safe, and slower. */
export const LITERALS: Readonly<Record<string, readonly string[]>> = {
  npm: ['_authToken=', 'npm_', 'x-oauth-basic'],
  slack: ['xox', 'xapp', 'slack'],
  shopify: ['shp'],
  stripe: ['k_live_', 'k_test_'],
  grafana: ['glc_', 'glsa_'],
  anthropic: ['sk-ant-'],
  groq: ['gsk_'],
  huggingface: ['hf_'],
  linear: ['lin_api_'],
  notion: ['ntn_'],
  '1password': ['ops_'],
  'hashicorp-vault': ['hvs.', 'hvb.', 'hvr.'],
  vercel: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'],
  databricks: ['dapi'],
  docker: ['dckr_pat_'],
  cloudflare: ['cfk_', 'cfut_', 'cfat_'],
  tailscale: ['tskey-'],
}

/** Rules that do not run, and why; what each looks for is found by a file of ours instead. */
export const REPLACED: Readonly<Record<string, string>> = {
  'filter-comments': 'lets the scanned text switch the scan off',
  gcp: 'reads files',
  aws: 'reports a range that ends before the key does',
  privatekey: 'wants a whole block without log prefixes; pem.ts',
  basicauth: '40 ms for 100 KB of slashes, and ignores well-known passwords; urls.ts',
  'database-connection-string': 'ignores well-known passwords; urls.ts',
  github: '170 ms for 100 KB of one repeated prefix; shapes.ts',
  sendgrid: '110 ms for 100 KB of near-matches; shapes.ts',
  figma: '40 ms for 100 KB of one repeated prefix; shapes.ts',
  gitlab: '20 ms for 100 KB of one repeated prefix; shapes.ts',
  openai: '16 ms for 100 KB of one repeated prefix; shapes.ts',
}

/** The part of secretlint's contract for rules (`@secretlint/types`) that these rules use. */
interface Report {
  readonly range: readonly [number, number]
}
interface Handler {
  file?(source: { content: string; filePath: string; ext: string; contentType: 'text' }): unknown
}
interface Rule {
  readonly meta: { readonly id: string }
  create(context: object, options: object): Handler
}

interface Scanner {
  readonly literals: readonly string[] | undefined
  scan(text: string, found: (finding: Finding) => void): void
}

const scannerOf = (rule: Rule, name: string): Scanner => {
  let report: (finding: Finding) => void = () => undefined
  const handler = rule.create(
    {
      sharedOptions: {},
      // Messages would quote the secret: nobody reads them here.
      createTranslator: () => () => ({ message: '', messageId: '' }),
      report: ({ range }: Report) => report({ start: range[0], end: range[1] }),
      ignore: () => undefined,
    },
    {},
  )
  return {
    literals: LITERALS[name],
    scan(text, found) {
      report = found
      // None of these rules reads the path; secretlint's type wants one.
      handler.file?.({ content: text, filePath: 'text', ext: '', contentType: 'text' })
    },
  }
}

const scanners: readonly Scanner[] = (rules as readonly unknown[] as readonly Rule[])
  .map((rule) => ({ rule, name: rule.meta.id.slice(PRESET.length) }))
  .filter(({ name }) => REPLACED[name] === undefined)
  .map(({ rule, name }) => scannerOf(rule, name))

export const findBySecretlint = (text: string): Finding[] => {
  const findings: Finding[] = []
  for (const { literals, scan } of scanners) {
    if (literals?.some((literal) => text.includes(literal)) === false) continue
    scan(text, (finding) => findings.push(finding))
  }
  return findings
}
