#!/bin/sh
# As the official image's: ZOO_* become /conf/zoo.cfg and /data/myid where these are not there already.
set -eu

if [ ! -f /conf/zoo.cfg ]; then
    mkdir -p /conf
    {
        echo "dataDir=${ZOO_DATA_DIR:-/data}"
        echo "dataLogDir=${ZOO_DATA_LOG_DIR:-/datalog}"
        echo "tickTime=${ZOO_TICK_TIME:-2000}"
        echo "initLimit=${ZOO_INIT_LIMIT:-5}"
        echo "syncLimit=${ZOO_SYNC_LIMIT:-2}"
        echo "autopurge.snapRetainCount=${ZOO_AUTOPURGE_SNAPRETAINCOUNT:-3}"
        echo "autopurge.purgeInterval=${ZOO_AUTOPURGE_PURGEINTERVAL:-0}"
        echo "maxClientCnxns=${ZOO_MAX_CLIENT_CNXNS:-60}"
        echo "standaloneEnabled=${ZOO_STANDALONE_ENABLED:-true}"
        echo "admin.enableServer=false"
        [ -z "${ZOO_4LW_COMMANDS_WHITELIST:-}" ] || echo "4lw.commands.whitelist=$ZOO_4LW_COMMANDS_WHITELIST"
        for server in ${ZOO_SERVERS:-"server.1=localhost:2888:3888;2181"}; do
            echo "$server"
        done
        for extra in ${ZOO_CFG_EXTRA:-}; do
            echo "$extra"
        done
    } >/conf/zoo.cfg
fi
data=$(sed -n 's/^dataDir=//p' /conf/zoo.cfg)
mkdir -p "${data:=/data}" /datalog
if [ ! -f "$data/myid" ]; then
    echo "${ZOO_MY_ID:-1}" >"$data/myid"
fi

if [ "$*" != "zkServer.sh start-foreground" ]; then
    exec "$@"
fi
jars=/conf
for jar in zookeeper zookeeper-jute netty-all jackson-annotations jackson-core jackson-databind log4j-1.2 \
    metrics-core slf4j-api slf4j-log4j12 snappy-java; do
    jars=$jars:/usr/share/java/$jar.jar
done
# shellcheck disable=SC2086 # the flags are words
exec "$JAVA_HOME/bin/java" -cp "$jars:/usr/share/zookeeper" "-Xmx${ZK_SERVER_HEAP:-1000}m" ${SERVER_JVMFLAGS:-} ${JVMFLAGS:-} \
    org.apache.zookeeper.server.quorum.QuorumPeerMain /conf/zoo.cfg
