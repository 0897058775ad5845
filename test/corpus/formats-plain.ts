/** What belongs to nobody in particular: Kubernetes, keys, files and URLs of protocols, by their specifications. */
import { around, type Format, shapeless } from './format.ts'
import type { Random } from './random.ts'

const base64Url = (text: string): string => Buffer.from(text).toString('base64url')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const jwt = (random: Random, header: object, payload: object): string =>
  [base64Url(JSON.stringify(header)), base64Url(JSON.stringify(payload)), random.fill('{w342}')].join('.')

const webToken = (name: string, key: string, payload: (random: Random) => object): Format => ({
  name,
  key,
  telling: true,
  make: (random) => {
    const value = jwt(random, { alg: 'RS256', kid: random.fill('{w43}') }, payload(random))
    return { value, secrets: value.split('.') }
  },
})

/** RFC 7468 and its older kin: every line of the body is the secret. */
const armoured = (
  name: string,
  key: string,
  label: string,
  lines: number,
  headers: readonly string[] = [],
): Format => ({
  name,
  key,
  telling: true,
  make: (random) => {
    const body = [...Array.from({ length: lines }, () => random.fill('{b64}')), random.fill('{b30}==')]
    const text = [`-----BEGIN ${label}-----`, ...headers, ...body, `-----END ${label}-----`]
    return { value: text.join('\n'), secrets: body }
  },
})

const PRIVATE = 'PRIVATE KEY'

/** A file with one blob of base64 in it. */
const encoded = (name: string, key: string, file: (blob: string) => string, inner: string): Format => ({
  name,
  key,
  telling: true,
  make: (random) => {
    const blob = base64(random.fill(inner))
    return { value: file(blob), secrets: [blob] }
  },
})

export const kubernetes: readonly Format[] = [
  webToken('service account token', 'token', (random) => ({
    iss: 'https://kubernetes.default.svc.cluster.local',
    sub: 'system:serviceaccount:shop:web',
    'kubernetes.io': {
      namespace: 'shop',
      serviceaccount: { name: 'web', uid: random.fill('{h8}-{h4}-{h4}-{h4}-{h12}') },
    },
  })),
  around('bootstrap token', 'token', '«{l6}.{l16}»'),
  around(
    'kubeadm join',
    'command',
    'kubeadm join 10.0.0.1:6443 --token «{l6}.{l16}» --discovery-token-ca-cert-hash sha256:{h64}',
  ),
  around('OpenShift token', 'OPENSHIFT_TOKEN', '«sha256~{w43}»'),
  around('Rancher token', 'RANCHER_TOKEN', '«token-{l5}:{l54}»'),
  around(
    'kubeconfig, token',
    'config',
    'apiVersion: v1\nkind: Config\nusers:\n- name: shop\n  user:\n    token: «{w48}»',
  ),
  encoded(
    'kubeconfig, client key',
    'config',
    (blob) => `apiVersion: v1\nkind: Config\nusers:\n- name: shop\n  user:\n    client-key-data: ${blob}`,
    `-----BEGIN ${PRIVATE}-----\n{b64}\n{b64}\n-----END ${PRIVATE}-----\n`,
  ),
  encoded(
    'dockerconfigjson',
    '.dockerconfigjson',
    (blob) => `{"auths":{"registry.example.com":{"username":"shop","auth":"${blob}"}}}`,
    'shop:{p24}',
  ),
  {
    name: 'Helm release blob',
    key: 'release',
    telling: true,
    make: (random) => {
      const blob = `H4sIAAAAAAAC/${random.fill('{b400}')}`
      return { value: blob, secrets: [blob] }
    },
  },
]

export const keys: readonly Format[] = [
  webToken('JSON Web Token', 'ACCESS_TOKEN', () => ({
    iss: 'https://login.example.com',
    sub: 'shop',
    exp: 1795910400,
  })),
  armoured('PEM, PKCS #8', 'tls.key', PRIVATE, 25),
  armoured('PEM, RSA', 'tls.key', `RSA ${PRIVATE}`, 25),
  armoured('PEM, EC', 'tls.key', `EC ${PRIVATE}`, 2),
  armoured('PEM, DSA', 'tls.key', `DSA ${PRIVATE}`, 8),
  armoured('PEM, OpenSSH', 'id_ed25519', `OPENSSH ${PRIVATE}`, 5),
  armoured('PEM, encrypted', 'tls.key', `ENCRYPTED ${PRIVATE}`, 27),
  armoured('PEM, RSA with DEK-Info', 'tls.key', `RSA ${PRIVATE}`, 25, [
    'Proc-Type: 4,ENCRYPTED',
    'DEK-Info: AES-256-CBC,0123456789ABCDEF0123456789ABCDEF',
    '',
  ]),
  armoured('PGP private key', 'signing.asc', `PGP ${PRIVATE} BLOCK`, 20, ['Version: GnuPG v2', '']),
  {
    name: 'PuTTY private key',
    key: 'deploy.ppk',
    telling: true,
    make: (random) => {
      const secrets = [random.fill('{b64}'), random.fill('{b64}'), random.fill('{b38}==')]
      const text = [
        'PuTTY-User-Key-File-3: ssh-ed25519',
        'Encryption: none',
        'Comment: deploy',
        'Public-Lines: 1',
        random.fill('{b64}'),
        'Private-Lines: 3',
        ...secrets,
        random.fill('Private-MAC: {h64}'),
      ]
      return { value: text.join('\n'), secrets }
    },
  },
  around('JSON Web Key', 'jwks.json', '{"kty":"EC","crv":"P-256","kid":"1","x":"{w43}","y":"{w43}","d":"«{w43}»"}'),
  around(
    'JSON Web Key, RSA',
    'jwks.json',
    '{"kty":"RSA","kid":"1","e":"AQAB","n":"{w342}","d":"«{w342}»","p":"«{w171}»","q":"«{w171}»","dp":"«{w171}»","dq":"«{w171}»","qi":"«{w171}»"}',
  ),
  around('JSON Web Key, symmetric', 'jwks.json', '{"kty":"oct","alg":"HS256","k":"«{w43}»"}'),
  around('WireGuard configuration', 'wg0.conf', '[Interface]\nAddress = 10.8.0.1/24\nPrivateKey = «{b43}=»'),
  around('otpauth URL', 'TOTP_URI', 'otpauth://totp/shop:maria?secret=«{232}»&issuer=shop'),
  shapeless('encryption key, hexadecimal', 'ENCRYPTION_KEY', '{h64}'),
  shapeless('encryption key, base64', 'ENCRYPTION_KEY', '{b43}='),
]

export const files: readonly Format[] = [
  around('.netrc', '.netrc', 'machine example.com login shop password «{p20}»'),
  around('.netrc, on lines', '.netrc', 'machine example.com\n  login shop\n  password «{p20}»'),
  around('.htpasswd, apr1', '.htpasswd', 'shop:«{s1}apr1{s1}{A8}{s1}{A22}»'),
  around('.htpasswd, bcrypt', '.htpasswd', 'shop:«{s1}2y{s1}10{s1}{A53}»'),
  around('.htpasswd, SHA', '.htpasswd', 'shop:«{SHA}{b27}=»'),
  around('.pgpass', '.pgpass', 'db.example.com:5432:orders:shop:«{A20}»'),
  around('.git-credentials', '.git-credentials', 'https://shop:«{A20}»@git.example.com'),
  around('my.cnf', 'my.cnf', '[client]\nuser=shop\npassword=«{p20}»'),
  around(
    'Java properties',
    'application.properties',
    'spring.datasource.username=shop\nspring.datasource.password=«{p20}»',
  ),
  around('redis.conf', 'redis.conf', 'port 6379\nrequirepass «{p20}»'),
  around('/etc/shadow', 'shadow', 'shop:«{s1}6{s1}{A16}{s1}{A86}»:19700:0:99999:7:::'),
]

export const urls: readonly Format[] = [
  around('PostgreSQL URL', 'DATABASE_URL', 'postgres://shop:«{A18}»@db:5432/orders?sslmode=require'),
  around('PostgreSQL keywords', 'DATABASE_URL', 'host=db port=5432 user=shop password=«{A18}» dbname=orders'),
  around('MySQL URL', 'DATABASE_URL', 'mysql://shop:«{A18}»@db:3306/orders'),
  around('MySQL DSN of Go', 'DATABASE_URL', 'shop:«{A18}»@tcp(db:3306)/orders?parseTime=true'),
  around('MongoDB URL', 'MONGODB_URI', 'mongodb+srv://shop:«{A18}»@db.example.com/orders?retryWrites=true'),
  around('Redis URL', 'REDIS_URL', 'redis://:«{A18}»@cache:6379/0'),
  around('AMQP URL', 'AMQP_URL', 'amqp://shop:«{A18}»@mq:5672/vhost'),
  around('NATS URL', 'NATS_URL', 'nats://shop:«{A18}»@nats:4222'),
  around('ClickHouse URL', 'CLICKHOUSE_URL', 'clickhouse://shop:«{A18}»@ch:9000/orders'),
  around(
    'SQL Server, ADO.NET',
    'CONNECTION_STRING',
    'Server=db;Database=orders;User Id=shop;Password=«{A18}»;Encrypt=true',
  ),
  around('ODBC', 'CONNECTION_STRING', 'Driver={PostgreSQL};Server=db;Uid=shop;Pwd=«{A18}»;'),
  around('JDBC URL', 'JDBC_URL', 'jdbc:postgresql://db:5432/orders?user=shop&password=«{A18}»'),
  around('JDBC URL, Oracle', 'JDBC_URL', 'jdbc:oracle:thin:shop/«{A18}»@db:1521/orders'),
  around(
    'Kafka JAAS',
    'sasl.jaas.config',
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="shop" password="«{A18}»";',
  ),
  around('basic authentication in a URL', 'BASE_URL', 'https://shop:«{A18}»@api.example.com/v1'),
  around('token in the place of a user', 'REPOSITORY_URL', 'https://«{A32}»@git.example.com/shop.git'),
  {
    name: 'Basic header',
    key: 'Authorization',
    telling: true,
    make: (random) => {
      const blob = base64(random.fill('shop:{A18}'))
      return { value: `Basic ${blob}`, secrets: [blob] }
    },
  },
  around('Bearer header', 'Authorization', 'Bearer «{w40}»'),
  around('session cookie', 'Cookie', 'sessionid=«{A32}»; theme=dark'),
]
