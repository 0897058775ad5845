/** Lines of programs that run in a cluster, and manifests: what looks random in them is a digest, an id or public. */
import type { Source } from './benign-components.ts'

export const programs: readonly Source[] = [
  {
    name: 'PostgreSQL',
    templates: [
      '<day> <time>.<int> UTC [<int>] LOG:  checkpoint complete: wrote <int> buffers (0.4%); 0 WAL file(s) added, 0 removed, 1 recycled; write=<float> s, sync=0.004 s, total=<float> s; lsn=0/{H8}, redo lsn=0/{H8}',
      '<day> <time>.<int> UTC [<int>] shop@orders ERROR:  duplicate key value violates unique constraint "orders_pkey"',
      '<day> <time>.<int> UTC [<int>] shop@orders DETAIL:  Key (id)=(<uuid>) already exists.',
      '<day> <time>.<int> UTC [<int>] FATAL:  password authentication failed for user "shop"',
      '<day> <time>.<int> UTC [<int>] LOG:  connection authenticated: identity="shop" method=scram-sha-256 (/etc/postgresql/pg_hba.conf:118)',
      '<day> <time>.<int> UTC [<int>] shop@orders STATEMENT:  SELECT "token_id", "created_at" FROM "sessions" WHERE "user_id" = $1 AND "expires_at" > $2 LIMIT $3',
    ],
  },
  {
    name: 'Redis, RabbitMQ, Kafka, MongoDB',
    templates: [
      '1:M 28 Nov 2026 <time>.<int> * Background saving started by pid <int>',
      '1:M 28 Nov 2026 <time>.<int> * Replication backlog freed, replid <sha1> offset <rv>',
      "<day> <time>.<micros>+00:00 [info] <0.<int>.0> connection <0.<int>.0> (<ip>:<port> -> <ip>:5672): user 'shop' authenticated and granted access to vhost '/'",
      '[<day> <time>,<int>] INFO [GroupCoordinator 1]: Dynamic member with unknown member id joins group <app> in Empty state. Created a new member id consumer-<app>-1-<uuid> and requesting the member to rejoin. (kafka.coordinator.group.GroupCoordinator)',
      '{"t":{"$date":"<iso>"},"s":"I",  "c":"NETWORK",  "id":22943,   "ctx":"listener","msg":"Connection accepted","attr":{"remote":"<ip>:<port>","uuid":{"uuid":{"$uuid":"<uuid>"}},"connectionId":<int>,"connectionCount":<int>}}',
      '{"t":{"$date":"<iso>"},"s":"I",  "c":"ACCESS",   "id":5286306, "ctx":"conn<int>","msg":"Successfully authenticated","attr":{"client":"<ip>:<port>","isSpeculative":true,"mechanism":"SCRAM-SHA-256","user":"shop","db":"admin","result":0}}',
    ],
  },
  {
    name: 'Java, with stack traces',
    templates: [
      '<day> <time>.<int>  INFO 1 --- [nio-8080-exec-<int>] o.s.web.servlet.DispatcherServlet        : Completed initialization in <int> ms',
      "java.lang.IllegalStateException: Could not obtain token for client registration 'keycloak'",
      '\tat org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager.authorize(AuthorizedClientServiceOAuth2AuthorizedClientManager.java:<int>)',
      '\tat com.example.shop.auth.PasswordEncoderFactory$1.encode(PasswordEncoderFactory.java:<int>)',
      'Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "shop"',
      '\t... <int> common frames omitted',
      '<iso>  WARN 1 --- [           main] o.s.s.c.p.DefaultPasswordEncoder : Encoded password does not look like BCrypt',
      '\tat jdk.internal.reflect.GeneratedMethodAccessor<int>.invoke(Unknown Source) ~[?:?]',
      'HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=<int>)',
    ],
  },
  {
    name: 'Go panics',
    templates: [
      'panic: runtime error: invalid memory address or nil pointer dereference',
      '[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x{h6}]',
      'goroutine <int> [running]:',
      'github.com/example/shop/internal/auth.(*TokenCache).Get(<address>, {<address>, 0x24})',
      '\t/src/internal/auth/token_cache.go:<int> +0x{h3}',
      'main.main()',
      'created by net/http.(*Server).Serve in goroutine 1',
      'http: TLS handshake error from <ip>:<port>: remote error: tls: bad certificate',
    ],
  },
  {
    name: 'JSON loggers',
    templates: [
      '{"level":"info","time":<id13>,"pid":1,"hostname":"<app>-<hash>","reqId":"<uuid>","req":{"method":"GET","url":"/v1/items/<id16>","remoteAddress":"<ip>","remotePort":<port>},"msg":"incoming request"}',
      '{"timestamp":"<iso>","severity":"ERROR","message":"token refresh failed: upstream returned 503","logging.googleapis.com/trace":"projects/shop/traces/<md5>","spanId":"<hex16>"}',
      '{"@timestamp":"<iso>","log.level":"WARN","message":"session expired","trace.id":"<md5>","transaction.id":"<hex16>","service.name":"<app>","user.id":"<int>"}',
      '{"level":"debug","ts":<id13>.{d4},"logger":"auth","msg":"password policy loaded","minLength":12,"requireSymbols":true,"tokenTTL":"15m0s","secretName":"<app>-credentials"}',
      '{"level":"info","msg":"order placed","orderId":"<id16>","customerId":"<id19>","amount":<float>,"currency":"EUR","idempotencyKey":"<uuid>"}',
      '{"level":"info","msg":"cache miss","key":"user:<int>:profile","shard":<int>,"etag":"W/\\"<md5>\\""}',
      '{"level":"info","msg":"published","topic":"orders","routingKey":"orders.created","messageId":"<uuid>","sequence":<id19>}',
    ],
  },
  {
    name: 'Node and Python',
    templates: [
      'Traceback (most recent call last):',
      '  File "/usr/lib/python3.13/site-packages/requests/auth.py", line <int>, in __call__',
      'botocore.exceptions.NoCredentialsError: Unable to locate credentials',
      "TypeError: Cannot read properties of undefined (reading 'token')",
      '    at async AuthService.refreshToken (/app/dist/auth/auth.service.js:<int>:<int>)',
      '[<day> <time> +0000] [<int>] [INFO] Booting worker with pid: <int>',
      'celery@<app>-<hash> ready.',
      '    at Object.<anonymous> (/app/node_modules/.pnpm/jsonwebtoken@9.0.2/node_modules/jsonwebtoken/verify.js:<int>:<int>)',
    ],
  },
  {
    name: 'digests, ids and public keys',
    templates: [
      'Digest: sha256:<sha256>',
      'commit <sha1>',
      'HEAD is now at <hex8> Rotate the session store',
      '<sha256>  /usr/local/bin/<app>',
      'Fingerprint: <fingerprint>',
      'X509v3 Subject Key Identifier: <colons>',
      'serial number <colons>',
      'ETag: "<md5>"',
      'traceparent: 00-<md5>-<hex16>-01',
      '"integrity": "<sri>",',
      'github.com/example/shop v1.<int>.0 <gosum>',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b43} deploy',
      'payload=<base64of>',
      'chunk app.<hex8>.js 1.2 MiB [entry] [rendered]',
      'order <id16> shipped as parcel <id19>',
      'x-request-id: <uuid>',
      'x-amz-id-2: {b75}=',
      'resourceVersion: "<rv>" uid: <uuid> generation: <int>',
      'Server version 4.18.0.2 of schema 2.5.29.17',
      'uploaded part <int> of {w64}',
      '<day> <time> docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration',
      'identity deployer@shop-prod.iam.gserviceaccount.com has no permission on projects/shop-prod',
      'remote: git@git.example.com:shop/web.git (fetch)',
    ],
  },
]

/** Each template is a part of a manifest, of several lines. */
export const manifests: readonly Source[] = [
  {
    name: 'manifests',
    templates: [
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: <app>\n  namespace: <ns>\n  uid: <uuid>\n  resourceVersion: "<rv>"\n  annotations:\n    deployment.kubernetes.io/revision: "<int>"\n    checksum/config: <sha256>\n    checksum/secret: <sha256>\n',
      'spec:\n  replicas: 3\n  template:\n    spec:\n      serviceAccountName: <app>\n      automountServiceAccountToken: false\n      imagePullSecrets:\n      - name: registry-credentials\n      containers:\n      - name: app\n        image: registry.example.com/shop/<app>@sha256:<sha256>\n        env:\n        - name: DB_PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: <app>-db\n              key: password\n        - name: TOKEN_TTL\n          value: 15m\n        - name: SESSION_TIMEOUT\n          value: "1800"\n',
      '      volumes:\n      - name: kube-api-access-{l5}\n        projected:\n          defaultMode: 420\n          sources:\n          - serviceAccountToken:\n              expirationSeconds: 3607\n              path: token\n          - secret:\n              name: <app>-tls\n              items:\n              - key: tls.key\n                path: tls.key\n',
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: <app>\n  annotations:\n    cert-manager.io/cluster-issuer: letsencrypt\n    nginx.ingress.kubernetes.io/auth-url: https://auth.example.com/oauth2/auth\n    nginx.ingress.kubernetes.io/auth-secret: <ns>/basic-auth\nspec:\n  tls:\n  - hosts: [<app>.example.com]\n    secretName: <app>-tls\n',
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: <app>\nrules:\n- apiGroups: [""]\n  resources: [secrets, serviceaccounts/token]\n  resourceNames: [<app>-credentials]\n  verbs: [get, create]\n',
      'status:\n  containerStatuses:\n  - containerID: containerd://<sha256>\n    imageID: registry.example.com/shop/<app>@sha256:<sha256>\n    name: app\n    restartCount: 0\n  podIP: <ip>\n  hostIP: <ip>\n  startTime: "<iso>"\n',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: <app>\ndata:\n  app.yaml: |\n    auth:\n      tokenPath: /var/run/secrets/tokens/<app>\n      passwordFile: /etc/<app>/password\n      keyRotation: 24h\n    cache:\n      keyPrefix: "<app>:"\n      sessionKeySpace: <int>\n    oauth:\n      token_url: https://login.example.com/oauth2/token\n      client_id: <app>\n',
      'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: <app>\nspec:\n  refreshInterval: 1h\n  secretStoreRef:\n    kind: ClusterSecretStore\n    name: vault\n  data:\n  - secretKey: password\n    remoteRef:\n      key: shop/<app>\n      property: password\n',
      'apiVersion: v1\nkind: Event\nreason: FailedMount\nmessage: \'MountVolume.SetUp failed for volume "credentials" : secret "<app>-credentials" not found\'\ninvolvedObject:\n  kind: Pod\n  name: <app>-<hash>\n  uid: <uuid>\n',
      'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata:\n  name: <app>-leader\nspec:\n  holderIdentity: <app>-<hash>_<uuid>\n  leaseDurationSeconds: 15\n  leaseTransitions: <int>\n',
    ],
  },
]
