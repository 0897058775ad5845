/**
 * Lines of components that run a cluster, modelled on their documented formats (klog, zap's JSON, CoreDNS's log plugin,
 * ingress-nginx's default access log, Envoy's): the words around names that sound like credentials are theirs.
 */

export interface Source {
  readonly name: string
  /** Each is one line, see words.ts; or several. */
  readonly templates: readonly string[]
}

export const components: readonly Source[] = [
  {
    name: 'kube-apiserver',
    templates: [
      'I<klog> controller.go:667] quota admission added evaluator for: <kind>',
      'I<klog> trace.go:236] Trace[<id13>]: "Update" accept:application/vnd.kubernetes.protobuf, */*,audit-id:<uuid>,client:<ip>,api-group:coordination.k8s.io,protocol:HTTP/2.0,resource:leases,scope:resource,url:/apis/coordination.k8s.io/v1/namespaces/<ns>/leases/<app>,user-agent:kube-controller-manager/<semver> (linux/amd64) kubernetes/<hex8>,verb:PUT (<day>) (total time: <int>ms):',
      'E<klog> authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"',
      'W<klog> reflector.go:561] storage/cacher.go:/secrets: failed to list *core.Secret: etcdserver: leader changed',
      'I<klog> apf_controller.go:493] "Update CurrentCL" plName="workload-low" seatDemandHighWatermark=<int> seatDemandAvg=<float>',
      'I<klog> httplog.go:134] "HTTP" verb="LIST" URI="/api/v1/namespaces/<ns>/secrets?limit=500&resourceVersion=0" latency="<float>ms" userAgent="kubectl/<semver> (linux/amd64) kubernetes/<hex8>" audit-ID="<uuid>" srcIP="<ip>:<port>" resp=200',
      'I<klog> dynamic_serving_content.go:132] "Starting controller" name="serving-cert::/etc/kubernetes/pki/apiserver.crt::/etc/kubernetes/pki/apiserver.key"',
      'I<klog> tlsconfig.go:203] "Loaded serving cert" certName="serving-cert" certDetail="\\"kube-apiserver\\" [serving] validServingFor=[<ip>,kubernetes.default.svc] issuer=\\"kubernetes\\" (<day> to <day> (now=<day>))"',
      'I<klog> cidrallocator.go:277] updated ClusterIP allocator for Service CIDR 10.96.0.0/12',
      'E<klog> controller.go:195] "Failed to update lease" err="Put \\"https://<ip>:6443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/apiserver-{l26}?timeout=10s\\": context deadline exceeded"',
    ],
  },
  {
    name: 'kubelet',
    templates: [
      'I<klog> reconciler_common.go:251] "operationExecutor.VerifyControllerAttachedVolume started for volume \\"kube-api-access-{l5}\\" (UniqueName: \\"kubernetes.io/projected/<uuid>-kube-api-access-{l5}\\") pod \\"<app>-<hash>\\" (UID: \\"<uuid>\\") " pod="<ns>/<app>-<hash>"',
      'I<klog> kuberuntime_manager.go:1274] "Created container" containerID="containerd://<sha256>"',
      'E<klog> pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"app\\" with ImagePullBackOff: \\"Back-off pulling image \\\\\\"registry.example.com/shop/<app>@sha256:<sha256>\\\\\\"\\"" pod="<ns>/<app>-<hash>" podUID="<uuid>"',
      'E<klog> secret.go:194] Couldn\'t get secret <ns>/<app>-tls: secret "<app>-tls" not found',
      'E<klog> nestedpendingoperations.go:348] Operation for "{volumeName:kubernetes.io/secret/<uuid>-credentials podName:<uuid> nodeName:}" failed. No retries permitted until <day> <time>.<micros> +0000 UTC m=+<float> (durationBeforeRetry 2m2s)',
      'I<klog> csr.go:261] certificate signing request csr-{l5} is approved, waiting to be issued',
      'W<klog> token_manager.go:121] "Couldn\'t update token" cacheKey="\\"<app>\\"/\\"<ns>\\"/[]string(nil)/3607/v1.BoundObjectReference{Kind:\\"Pod\\", APIVersion:\\"v1\\", Name:\\"<app>-<hash>\\", UID:\\"<uuid>\\"}"',
      'I<klog> scope.go:117] "RemoveContainer" containerID="<sha256>"',
      'I<klog> kubelet_node_status.go:73] "Attempting to register node" node="<node>"',
      'I<klog> pod_startup_latency_tracker.go:104] "Observed pod startup duration" pod="<ns>/<app>-<hash>" podStartSLOduration=<float> watchObservedRunningTime="<day> <time>.<micros> +0000 UTC m=+<float>"',
    ],
  },
  {
    name: 'etcd',
    templates: [
      '{"level":"info","ts":"<iso>","caller":"etcdserver/server.go:2054","msg":"applied a configuration change through raft","local-member-id":"<hex16>","raft-conf-change":"ConfChangeAddNode","raft-conf-change-node-id":"<hex16>","cluster-id":"<hex16>"}',
      '{"level":"warn","ts":"<iso>","caller":"etcdserver/util.go:170","msg":"apply request took too long","took":"<float>ms","expected-duration":"100ms","prefix":"read-only range ","request":"key:\\"/registry/secrets/<ns>/<app>\\" ","response":"range_response_count:1 size:<int>"}',
      '{"level":"info","ts":"<iso>","caller":"mvcc/hash.go:157","msg":"storing new hash","hash":<rv>,"revision":<rv>,"compact-revision":<rv>}',
      '{"level":"warn","ts":"<iso>","caller":"embed/config_logging.go:194","msg":"rejected connection on client endpoint","remote-addr":"<ip>:<port>","server-name":"","error":"tls: failed to verify certificate"}',
      '{"level":"info","ts":"<iso>","caller":"embed/etcd.go:726","msg":"starting with client TLS","tls-info":"cert = /etc/kubernetes/pki/etcd/server.crt, key = /etc/kubernetes/pki/etcd/server.key, client-cert=, client-key=, trusted-ca = /etc/kubernetes/pki/etcd/ca.crt, client-cert-auth = true, crl-file = ","cipher-suites":[]}',
      '{"level":"info","ts":"<iso>","caller":"auth/store.go:1223","msg":"simple token is not cryptographically signed"}',
      '{"level":"info","ts":"<iso>","caller":"traceutil/trace.go:171","msg":"trace[<id13>] transaction","detail":"{read_only:false; response_revision:<rv>; number_of_response:1; }","duration":"<float>ms"}',
    ],
  },
  {
    name: 'kube-scheduler',
    templates: [
      'I<klog> schedule_one.go:1054] "Unable to schedule pod; no fit; waiting" pod="<ns>/<app>-<hash>" err="0/<int> nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/unreachable: }. preemption: 0/3 nodes are available."',
      'I<klog> leaderelection.go:257] attempting to acquire leader lease kube-system/kube-scheduler...',
      'I<klog> requestheader_controller.go:180] Starting RequestHeaderAuthRequestController',
      'I<klog> configmap_cafile_content.go:205] "Starting controller" name="client-ca::kube-system::extension-apiserver-authentication::client-ca-file"',
    ],
  },
  {
    name: 'kube-controller-manager',
    templates: [
      'I<klog> replica_set.go:679] "Finished syncing" logger="replicaset-controller" kind="ReplicaSet" key="<ns>/<app>-<hash>" duration="<float>ms"',
      'I<klog> tokens_controller.go:451] "Finished syncing token" logger="serviceaccount-token-controller" key="<ns>/<app>"',
      'E<klog> resource_quota_controller.go:446] "Unhandled Error" err="unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery"',
      'I<klog> garbagecollector.go:501] "Processing item" logger="garbage-collector-controller" item="[v1/Secret, namespace: <ns>, name: <app>-token-{l5}, uid: <uuid>]" virtual=false',
      'I<klog> certificate_controller.go:151] "Starting certificate controller" name="csrsigning-kubelet-serving"',
      'W<klog> actual_state_of_world.go:541] Failed to update statusUpdateNeeded field in actual state of world: Failed to set statusUpdateNeeded to needed true, because nodeName="<node>" does not exist',
    ],
  },
  {
    name: 'kube-proxy and CNI',
    templates: [
      'I<klog> proxier.go:805] "SyncProxyRules complete" elapsed="<float>ms"',
      'level=info msg="Identity of endpoint changed" containerID=<hex8> endpointID=<int> identity=<int> identityLabels="k8s:app=<app>,k8s:io.cilium.k8s.policy.serviceaccount=<app>,k8s:io.kubernetes.pod.namespace=<ns>" ipv4=<ip> k8sPodName=<ns>/<app>-<hash> subsys=endpoint',
      '<day> <time>.<micros> [INFO][<int>] felix/int_dataplane.go 1836: Received *proto.HostMetadataV4V6Update update from calculation graph. msg=hostname:"<node>" ipv4_addr:"<ip>"',
    ],
  },
  {
    name: 'CoreDNS',
    templates: [
      '[INFO] <ip>:<port> - <int> "A IN <app>.<ns>.svc.cluster.local. udp 54 false 512" NOERROR qr,aa,rd 106 0.000<micros>s',
      '[ERROR] plugin/errors: 2 <app>.example.com. AAAA: read udp <ip>:<port>->10.0.0.2:53: i/o timeout',
      '[INFO] plugin/reload: Running configuration SHA512 = {h128}',
      '[INFO] 127.0.0.1:<port> - <int> "HINFO IN {d19}.{d18}. udp 57 false 512" NXDOMAIN qr,rd,ra 132 0.0<micros>s',
      'linux/amd64, go1.26.1, <hex8>',
    ],
  },
  {
    name: 'ingress-nginx',
    templates: [
      '<ip> - - [28/Nov/2026:<time> +0000] "GET /api/items?page=<int>&sort=price HTTP/1.1" 200 <int> "https://shop.example.com/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36" <int> 0.0<int> [<ns>-<app>-8080] [] <ip>:8080 <int> 0.004 200 <md5>',
      '<ip> - shop [28/Nov/2026:<time> +0000] "POST /login HTTP/2.0" 302 0 "-" "curl/8.11.1" 431 0.0<int> [<ns>-auth-proxy-4180] [] <ip>:4180 0 0.052 302 <md5>',
      '<day> <time> [warn] 31#31: *<int> a client request body is buffered to a temporary file /tmp/nginx/client-body/00000<int>, client: <ip>, server: shop.example.com, request: "POST /upload HTTP/1.1", host: "shop.example.com"',
      'I<klog> store.go:645] "secret was updated and it is used in ingress annotations. Parsing" secret="<ns>/<app>-tls"',
      'I<klog> event.go:377] Event(v1.ObjectReference{Kind:"Ingress", Namespace:"<ns>", Name:"<app>", UID:"<uuid>", APIVersion:"networking.k8s.io/v1", ResourceVersion:"<rv>", FieldPath:""}): type: \'Normal\' reason: \'Sync\' Scheduled for sync',
    ],
  },
  {
    name: 'Envoy, Istio',
    templates: [
      '[<iso>] "GET /v1/items HTTP/1.1" 200 - via_upstream - "-" 0 <int> 12 11 "-" "Go-http-client/1.1" "<uuid>" "<app>.<ns>:8080" "<ip>:8080" inbound|8080|| 127.0.0.6:<port> <ip>:8080 <ip>:<port> outbound_.8080_._.<app>.<ns>.svc.cluster.local default',
      '{"authority":"<app>.<ns>:8080","bytes_sent":<int>,"duration":3,"method":"POST","path":"/v1/orders","protocol":"HTTP/2","request_id":"<uuid>","response_code":200,"response_flags":"-","traceparent":"00-<md5>-<hex16>-01","upstream_host":"<ip>:8080","user_agent":"grpc-go/1.77.0","x_forwarded_for":"<ip>"}',
      '<iso>\tinfo\tsds\tSDS server for workload certificates started, listening on "./var/run/secrets/workload-spiffe-uds/socket"',
      '<iso>\tinfo\tcache\tgenerated new workload certificate\tresourceName=default latency=<float>ms ttl=23h59m59.{d9}s',
    ],
  },
  {
    name: 'containerd, systemd, kernel',
    templates: [
      'time="<iso>" level=info msg="PullImage \\"registry.example.com/shop/<app>:<semver>\\" returns image reference \\"sha256:<sha256>\\""',
      'time="<iso>" level=info msg="StartContainer for \\"<sha256>\\" returns successfully"',
      'Nov 28 <time> <node> systemd[1]: Started libcontainer container <sha256>.',
      'Nov 28 <time> <node> sshd[<int>]: Server listening on 0.0.0.0 port 22.',
      '[<float>] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=cri-containerd-<sha256>.scope,mems_allowed=0,oom_memcg=/kubepods.slice/kubepods-burstable.slice,task=java,pid=<int>,uid=1000',
      'Nov 28 <time> <node> kernel: veth<hex8>: renamed from eth0',
    ],
  },
  {
    name: 'cert-manager, Argo CD, Flux',
    templates: [
      'I<klog> conditions.go:203] Setting lastTransitionTime for Certificate "<app>" condition "Ready" to <iso>',
      'E<klog> controller.go:162] "re-queuing item due to error processing" err="issuer.cert-manager.io \\"letsencrypt\\" not found" logger="cert-manager.certificaterequests" key="<ns>/<app>-1"',
      'time="<iso>" level=info msg="Reconciliation completed" app-namespace=argocd app-qualified-name=argocd/<app> application=<app> dest-namespace=<ns> dest-server="https://kubernetes.default.svc" time_ms=<int>',
      'time="<iso>" level=info msg="manifest cache hit: &ApplicationSource{RepoURL:https://git.example.com/shop/deploy.git,Path:<app>,TargetRevision:main}/<sha1>"',
      '{"level":"info","ts":"<iso>","msg":"stored artifact for revision \'main@sha1:<sha1>\'","controller":"gitrepository","controllerGroup":"source.toolkit.fluxcd.io","GitRepository":{"name":"<app>","namespace":"flux-system"},"reconcileID":"<uuid>"}',
      'time="<iso>" level=info msg="secret informer has synced, settings are loaded" session=<uuid>',
    ],
  },
]
