/** Where people put secrets in workloads: environment, arguments, probes, hooks, templates and their copies, logs. */
import { HIDDEN } from '../../scripts/demo/seed/canaries.ts'
import { at, awkward, base64, jwtAt, pemAt, tokenAt } from './canaries.ts'
import { own, type PlantedObject } from './canary-objects.ts'

/** Its log is the canaries' log wherever it runs. */
export const IMAGE = 'canary/app'
export const CONTAINER = 'app'

const container = (rest: object = {}) => ({ name: CONTAINER, image: `${IMAGE}:1`, ...rest })
const APP = { app: 'canary' }

const env = (place: string) => [
  { name: 'DB_PASSWORD', value: at(`${place}, secret-like name`) },
  { name: 'UPSTREAM', value: tokenAt(`${place}, secret-like value`) },
]

const template = (place: string, spec: object = {}, labels: object = APP) => ({
  metadata: { labels, annotations: { 'example.com/token': at(`${place} template, annotation`) } },
  spec: { containers: [container({ env: env(place) })], ...spec },
})

const full = () =>
  container({
    env: [
      ...env('Pod env'),
      { name: 'DATABASE_URL', value: `mysql://root:${at('env URL')}@db/x` },
      { name: 'CONFIG', value: JSON.stringify({ password: awkward('env JSON') }) },
      { name: 'JAVA_OPTS', value: `-Djavax.net.ssl.keyStorePassword=${at('env, Java property')} -Xmx1g` },
    ],
    command: ['timeout', '5', '/usr/bin/mysqladmin', 'ping', '-uroot', `-p${at('command, -p in one word')}`],
    args: [
      `--password=${at('args, flag=value')}`,
      ...['--token', at('args, flag and value')],
      ...['-c', `PGPASSWORD=${at('args, script')} psql && curl -u admin:${at('args, curl')} http://x`],
    ],
    livenessProbe: {
      httpGet: {
        path: `/h?token=${at('probe path')}`,
        port: 80,
        httpHeaders: [
          { name: 'Authorization', value: `Basic ${base64(`u:${at('probe header')}`)}` },
          { name: 'X-Api-Key', value: at('probe key') },
        ],
      },
    },
    readinessProbe: { exec: { command: ['redis-cli', '-a', at('probe command'), 'ping'] } },
    lifecycle: {
      postStart: { exec: { command: ['sh', '-c', `curl -u admin:${at('lifecycle postStart')} http://x`] } },
      preStop: { exec: { command: ['deregister', '--api-key', at('lifecycle preStop')] } },
    },
  })

export const webDeployment = (place: string): PlantedObject =>
  own('apps/v1', 'Deployment', 'canary-web', {
    spec: { replicas: 1, selector: { matchLabels: APP }, template: template(place) },
  })

/** The second is not scheduled by anybody, so that no kubelet touches the status that is written to it. */
export const workloads = (): readonly PlantedObject[] => [
  own('v1', 'Pod', 'canary-runs', { spec: { containers: [full()] } }, { labels: APP }),
  own('v1', 'Pod', 'canary-ended', { spec: { schedulerName: 'nobody', containers: [container()] } }),
  webDeployment('Deployment before'),
  own('apps/v1', 'StatefulSet', 'canary-set', {
    spec: {
      replicas: 1,
      serviceName: 'canary-service',
      selector: { matchLabels: { set: 'canary' } },
      template: template('StatefulSet', {}, { set: 'canary' }),
    },
  }),
  own('apps/v1', 'DaemonSet', 'canary-daemon', {
    spec: {
      selector: { matchLabels: { daemon: 'canary' } },
      template: template('DaemonSet', {}, { daemon: 'canary' }),
    },
  }),
  own('batch/v1', 'Job', 'canary-job', { spec: { template: template('Job', { restartPolicy: 'Never' }) } }),
  own('batch/v1', 'CronJob', 'canary-cron', {
    spec: {
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: template('CronJob', { restartPolicy: 'Never' }) } },
    },
  }),
  own('v1', 'PodTemplate', 'canary-template', { template: template('PodTemplate') }),
]

const TIME = '2026-01-01T00:00:00Z'

/** What a kubelet writes when a container has ended with a message, and when its next start fails. */
export const endedStatus = () => ({
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False', reason: 'X', message: `token: ${at('Pod condition')}` }],
    containerStatuses: [
      {
        name: CONTAINER,
        image: IMAGE,
        imageID: '',
        ready: false,
        restartCount: 3,
        state: { waiting: { reason: 'Error', message: `dial postgres://u:${at('waiting message')}@db` } },
        lastState: {
          terminated: {
            exitCode: 1,
            reason: 'Error',
            startedAt: TIME,
            finishedAt: TIME,
            message: `password=${at('termination message')}\n${pemAt('termination message, PEM').join('\n')}`,
          },
        },
      },
    ],
  },
})

export const logLines = (): readonly string[] => [
  'starting',
  `password=${at('log, one line')}`,
  ...pemAt('log, PEM across lines'),
  ...pemAt('log, PEM behind timestamps').map((line) => `2026-01-01T00:00:00.000000000Z ${line}`),
  `config ${base64(`password=${at('log, base64')}`)}`,
  `config ${base64(base64(`password=${at('log, base64 twice')}`))}`,
  JSON.stringify({ msg: 'login', body: JSON.stringify({ password: awkward('log, JSON in JSON') }) }),
  `body=${encodeURIComponent(JSON.stringify({ password: awkward('log, URL-encoded') }))}`,
  `GET /?access_token=${at('log, query')} 200`,
  `Authorization: Bearer ${at('log, bearer')}`,
  `Authorization: Basic ${base64(`u:${at('log, basic')}`)}`,
  `Set-Cookie: session=${at('log, cookie')}; Path=/`,
  `connecting to amqp://u:${at('log, URL')}@mq:5672`,
  `Server=x;User Id=y;Password=${at('log, connection string')};`,
  `2026-01-01T00:00:00Z INFO using ${tokenAt('log, token by its shape')}`,
  `session ${jwtAt('log, JWT')}`,
  `\u001b[31mpass\u200bword=${at('log, hidden characters inside')}\u001b[0m`,
  HIDDEN,
  'ready',
]
