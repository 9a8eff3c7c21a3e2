#!/usr/bin/env bash
# A real S3 server on loopback for tests: Ceph's RADOS gateway over one monitor and one OSD that keeps everything in memory.
#
#   s3-server.sh start DIR          starts a cluster and a gateway on free ports; prints S3_TEST_…=… lines
#   s3-server.sh gateway DIR        starts one more gateway on the same cluster; prints its S3_TEST_ENDPOINT and S3_TEST_GATEWAY_PID
#   s3-server.sh stop DIR           ends everything started under DIR and removes DIR
#
# Installs Debian's ceph packages where they are missing (as root). S3_TEST_MEMORY bounds what the OSD may hold
# (bytes, default 1 GiB): a memstore never writes to disk, so this is the machine's memory.
set -euo pipefail
exec </dev/null # Started by test runners without a usable stdin; Ceph's daemons must not inherit one that closes under them.

act=${1:?start, gateway or stop} dir=$(realpath -m "${2:?a directory of its own}")
run=$dir/run conf=$dir/ceph.conf ring=$dir/keyring
access_key=ledger-test secret_key=ledger-test-secret-0000 kms_key=test-key-1

free_ports() { # Two at once, so that they differ; somebody may take one before Ceph binds it, hence the retries in start.
  node -e 'const net=require("node:net");const a=net.createServer().listen(0,"127.0.0.1",()=>{const b=net.createServer().listen(0,"127.0.0.1",()=>{console.log(a.address().port,b.address().port);a.close();b.close()})})'
}

# A pid file alone could name a stranger's process by now: only a process whose command line names DIR's configuration is ours.
ours() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "$conf"; } 2>/dev/null

end_processes() { # At once and without ceremony: what they hold is in their memory and goes with them.
  local pid file
  for file in "$run"/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    if [ -n "$pid" ] && ours "$pid"; then kill -9 "$pid" 2>/dev/null || true; fi
    while [ -n "$pid" ] && ours "$pid"; do sleep 0.05; done
  done
}

install_ceph() {
  command -v radosgw ceph-mon ceph-osd ceph ceph-authtool radosgw-admin >/dev/null && return 0
  if [ "$(id -u)" != 0 ]; then
    echo "Ceph is missing: apt-get install --no-install-recommends ceph-mon ceph-osd radosgw ceph-common" >&2
    return 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ceph-mon ceph-osd radosgw ceph-common
}

start_gateway() { # $1 its name, $2 its port
  local name=$1 port=$2
  mkdir -p "$dir/$name"
  radosgw -c "$conf" -n client.rgw.a --keyring "$ring" \
    --pid-file "$run/$name.pid" --log-file "$run/$name.log" --admin-socket "$run/$name.asok" \
    --rgw-data "$dir/$name" --rgw-frontends "beast endpoint=127.0.0.1:$port"
  for _ in $(seq 200); do
    if curl -s -o /dev/null "http://127.0.0.1:$port/"; then return 0; fi
    sleep 0.1
  done
  echo "the gateway did not answer on port $port" >&2
  return 1
}

start_cluster() {
  local fsid osd mon_port rgw_port
  read -r mon_port rgw_port < <(free_ports)
  fsid=$(cat /proc/sys/kernel/random/uuid) osd=$(cat /proc/sys/kernel/random/uuid)
  rm -rf "$dir"
  mkdir -p "$dir"/{mon,osd,run}
  chmod 700 "$dir"
  cat >"$conf" <<C
[global]
fsid = $fsid
mon_host = [v2:127.0.0.1:$mon_port]
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_client_watch_timeout = 2
mon_max_pg_per_osd = 1000
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_data_avail_crit = 1
run_dir = $run
admin_socket = $run/\$name.asok
pid_file = $run/\$name.pid
log_file = $run/\$name.log
keyring = $ring
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
[mon]
mon_data = $dir/mon
mon_initial_members = a
[osd]
osd_data = $dir/osd
osd_objectstore = memstore
memstore_device_bytes = ${S3_TEST_MEMORY:-1073741824}
osd_crush_update_on_start = true
[client.rgw.a]
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = $kms_key=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 1
C
  ceph-authtool "$ring" --create-keyring --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$ring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool "$ring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  ceph-authtool "$ring" --gen-key -n client.rgw.a --cap mon 'allow rw' --cap osd 'allow rwx'
  ceph-mon -c "$conf" -i a --mkfs --fsid "$fsid" --public-addr "v2:127.0.0.1:$mon_port" --keyring "$ring"
  ceph-mon -c "$conf" -i a --public-addr "v2:127.0.0.1:$mon_port"
  timeout 30 ceph -c "$conf" osd new "$osd"
  timeout 30 ceph -c "$conf" auth import -i "$ring"
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd"
  ceph-osd -c "$conf" -i 0
  timeout 30 ceph -c "$conf" osd crush add osd.0 1 host=h root=default
  timeout 120 radosgw-admin -c "$conf" -n client.rgw.a user create --uid=test --display-name=test \
    --access-key=$access_key --secret-key=$secret_key
  start_gateway gateway "$rgw_port"
  echo "$rgw_port" >"$dir/port"
}

case $act in
cluster) # Internal: one attempt of start.
  start_cluster
  ;;
stop)
  end_processes
  rm -rf "$dir"
  ;;
gateway)
  read -r port _ < <(free_ports)
  name=gateway-$port
  start_gateway "$name" "$port" >>"$dir/start.log" 2>&1 || { tail -20 "$dir/start.log" >&2; exit 1; }
  echo "S3_TEST_ENDPOINT=http://127.0.0.1:$port"
  echo "S3_TEST_GATEWAY_PID=$(cat "$run/$name.pid")"
  ;;
start)
  install_ceph >&2
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  for _ in 1 2 3; do
    # A process of its own: inside an `if` the shell would not stop at the first failing command.
    if "$0" cluster "$dir" >"$log" 2>&1; then
      cp "$log" "$dir/start.log"
      cat <<ENV
S3_TEST_ENDPOINT=http://127.0.0.1:$(cat "$dir/port")
S3_TEST_REGION=us-east-1
S3_TEST_ACCESS_KEY_ID=$access_key
S3_TEST_SECRET_ACCESS_KEY=$secret_key
S3_TEST_KMS_KEY_ID=$kms_key
ENV
      exit 0
    fi
    end_processes
  done
  tail -20 "$log" >&2
  rm -rf "$dir"
  exit 1
  ;;
*)
  echo "start, gateway or stop" >&2
  exit 2
  ;;
esac
