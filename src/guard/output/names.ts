/**
 * What a name says of the value beside it: `DB_PASSWORD`, `clientSecret`, `x-api-key`. The last word decides, because
 * names are written that way round: `secretName`, `tokenExpirationSeconds` and `passwordPolicy` name no secret. One
 * judgement for keys of objects, names of environment variables, annotations, flags, headers and `key=value` in text.
 */

/**
 * How much of the value must be hidden.
 * `password`: everything but a blank, a boolean or a reference, numbers too.
 * `secret`: the same, but numbers and words that describe a state ("expired") stay.
 * `reference`: usually the name of a Secret; hidden unless it has the form of an object's name.
 * `weak`: the name is also used for harmless things; hidden when the value looks random.
 */
export type Secrecy = 'none' | 'password' | 'secret' | 'reference' | 'weak'

/** Any name that is not `none` has one of these in it; asked first, because most names have none. */
const HINT =
  /pass|pwd|secret|token|key|auth|cred|cookie|jwt|bearer|sess|sid|sig|mnemonic|seed|dsn|otp|kubeconfig|htpasswd|dockerc|id_(?:rsa|dsa|ec|ed)/i

/** Longer names are no names; the end decides, so the end is kept. */
const MAX_NAME = 160

const PASSWORDS = ['password', 'passwd', 'passphrase', 'passcode', 'passwords', 'pwd', 'requirepass', 'masterauth']
const SECRETS = [
  ...['secret', 'token', 'tokens', 'jwt', 'bearer', 'credential', 'credentials', 'creds', 'cookie', 'cookies'],
  ...[
    'apikey',
    'apikeys',
    'accesskey',
    'secretkey',
    'privatekey',
    'authkey',
    'encryptionkey',
    'masterkey',
    'signingkey',
  ],
  ...['authorization', 'sessionid', 'jsessionid', 'phpsessid', 'totp', 'mnemonic', 'htpasswd', 'pass', 'dockercfg'],
  ...['dockerconfigjson', 'authtoken', 'accesstoken', 'refreshtoken', 'clientsecret', 'sharedkey'],
]
const WEAK = ['auth', 'key', 'keys', 'sig', 'signature', 'session', 'sid', 'seed', 'otp', 'dsn']
/** Run-together names such as `dbpassword`: their ends are as telling as words. */
const ENDS: readonly (readonly [string, Secrecy])[] = [
  ...PASSWORDS.filter((it) => it.length > 4).map((it) => [it, 'password'] as const),
  ...SECRETS.filter((it) => it.length > 4 && it !== 'cookies').map((it) => [it, 'secret'] as const),
]

/** Say nothing of what the value is: `token_value`, `client-key-data`, `PASSWORD_B64`, `token2`. */
const FILLERS = new Set(['value', 'data', 'string', 'text', 'plain', 'plaintext', 'raw', 'base64', 'b64', 'encoded'])
const AGES = new Set(['current', 'old', 'new', 'previous', 'next', 'default', 'base'])
/** nginx's `proxy_pass` and its kin take a URL; "first pass" counts. */
const PASS_OF = new Set(['proxy', 'uwsgi', 'fastcgi', 'scgi', 'grpc', 'by', 'first', 'second', 'one', 'single', 'auth'])

/** A `key` after one of these opens something; after any other word (`topologyKey`, `passwordKey`) it names something. */
const KEY_OF = new Set(
  (
    'api app application access account admin secret private encryption encrypt crypt signing sign master root storage ' +
    'shared auth authentication ssh tls ssl server client ca hmac aes rsa ec ecdsa ed25519 jwt jwk session cookie service ' +
    'deploy license licence unseal recovery subscription function sas psk webhook integration ingest instrumentation ' +
    'write management activation decryption bootstrap'
  ).split(' '),
)
/** Keys of services that hand out hexadecimal, and of nothing else in other programs ("orders.created"). */
const WEAK_KEY_OF = new Set(['routing', 'search', 'functions', 'cosmos', 'insert', 'project'])
/** A `secret` after one of these is the name of a Secret: `tlsSecret`, `nginx.ingress.kubernetes.io/auth-secret`. */
const SECRET_OF = new Set(
  'tls ssl pull imagepull image existing ca cert certificate registry kubernetes k8s auth external source target docker'.split(
    ' ',
  ),
)
/** A digest of a secret says that it changed; it is there to be compared (`checksum/secret`). */
const DIGESTS = new Set(['checksum', 'digest', 'sha256', 'sha1', 'md5', 'fingerprint'])

const wordsOf = (name: string): string[] =>
  name
    .slice(-MAX_NAME)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')

const judge = (words: readonly string[]): Secrecy => {
  const whole = words.at(-1)
  const last = whole?.replace(/[0-9]+$/, '')
  const before = words.at(-2) ?? ''
  if (whole === undefined || last === undefined) return 'none'
  if (words.some((word) => DIGESTS.has(word))) return 'none'
  if (last === '' || FILLERS.has(whole) || AGES.has(last)) return words.length > 1 ? judge(words.slice(0, -1)) : 'none'
  if (last === 'hash') return judge(words.slice(0, -1)) === 'password' ? 'password' : 'none'
  if (last === 'id') return before === 'session' ? 'secret' : 'none'
  if (PASSWORDS.includes(last)) return 'password'
  if (last === 'pass') return PASS_OF.has(before) ? 'none' : 'secret'
  if (last === 'secret' || last === 'credentials') return SECRET_OF.has(before) ? 'reference' : 'secret'
  if (last === 'secrets') return 'reference'
  if (SECRETS.includes(last)) return 'secret'
  if (last === 'key' || last === 'keys')
    return KEY_OF.has(before) && words.at(-3) !== 'public' && before !== 'public'
      ? 'secret'
      : words.length === 1 || WEAK_KEY_OF.has(before)
        ? 'weak'
        : 'none'
  if (last === 'auth') return before === 'basic' ? 'secret' : 'weak'
  if (last === 'rsa' || last === 'dsa' || last === 'ecdsa' || last === 'ed25519')
    return before === 'id' ? 'password' : 'none'
  if (WEAK.includes(last)) return 'weak'
  return ENDS.find(([end]) => last.endsWith(end))?.[1] ?? 'none'
}

/** A variable of the environment that ends so is mostly somebody's API key: its value decides. */
const VARIABLE_KEY = /^[A-Z][A-Z0-9_]{0,64}(?<!PUBLIC)_KEY$/

/** The same few names come again and again. Names only, never values; forgotten as a whole when there are many. */
const known = new Map<string, Secrecy>()
const MAX_KNOWN = 2000

/** What the name of a value, in any of the usual spellings, says of the value. */
export const secrecyOf = (whole: string): Secrecy => {
  // Names come from clusters, too: a megabyte that calls itself a name must not be remembered.
  const name = whole.slice(-MAX_NAME)
  if (!HINT.test(name)) return 'none'
  const before = known.get(name)
  if (before !== undefined) return before
  const judged = judge(wordsOf(name))
  const secrecy = judged === 'none' && VARIABLE_KEY.test(name) ? 'weak' : judged
  if (known.size >= MAX_KNOWN) known.clear()
  // A slice would keep the whole text it was cut from alive.
  known.set(` ${name}`.slice(1), secrecy)
  return secrecy
}

/** Names of files that are secret as a whole, whatever is in them: keys of ConfigMaps are file names. */
const SECRET_FILE =
  /(?:^|[/_.-])(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.?htpasswd|\.?netrc|\.?pgpass|\.?npmrc|\.?pypirc|\.?dockercfg|\.?dockerconfigjson|\.?git-credentials|kubeconfig|credentials(?:\.\w{1,8})?|service-?account(?:-key)?\.json|[\w-]{0,64}\.(?:key|p12|pfx|jks|keystore|ppk|kdbx))$/i

export const isSecretFile = (name: string): boolean => SECRET_FILE.test(name.slice(-MAX_NAME))
