namespace PhaseFlow.Embedded.Agents;

/// <summary>The script that runs one attempt, and outlives the host.</summary>
/// <remarks>
/// Started in the attempt's folder as <c>sh run.sh LIMIT</c>. The file <c>started</c>, which exactly one process can create, makes it run once.
/// It holds the shim's pid and identity, <c>group</c> those of the command, and <c>exit</c> its exit code: written whole, or not there.
/// </remarks>
internal static class AgentShim
{
    public const string Script = """
        # A text that no other process has had under this pid; nothing when there is no such process.
        identity() {
            if [ -r "/proc/$1/stat" ]; then
                read -r stat < "/proc/$1/stat" || return
                boot=
                read -r boot 2>/dev/null < /proc/sys/kernel/random/boot_id
                set -- ${stat##*) }
                printf '%s %s\n' "$boot" "${20}"
            else
                ps -o lstart= -p "$1"
            fi
        }

        # The parent of a process; it changes when the parent ends.
        parent() {
            if [ -r "/proc/$1/stat" ]; then
                read -r stat < "/proc/$1/stat" || return
                set -- ${stat##*) }
                printf '%s\n' "$2"
            else
                echo $(ps -o ppid= -p "$1")
            fi
        }

        # Becomes the command, once it is noted: whoever finds the shim gone must find what to end. Without the shim it does not begin.
        begin() {
            printf '%s\n%s\n' $$ "$(identity $$ 2> /dev/null)" > group.tmp && mv group.tmp group || exit 73
            [ "$(parent $$)" = "$1" ] || exit 74
            exec sh command.sh
        }

        # Keeps three quarters of so many bytes from the beginning, and a quarter from the end, in two files by turns. It drops what is between, but reads
        # to the end: the command must neither block nor meet a closed pipe.
        capture() {
            size=0
            head=$(($1 - $1 / 4))
            : > output.log
            while [ "$size" -lt "$head" ]; do
                before=$size
                block=$((head - size))
                blocks=1
                if [ "$block" -gt 4096 ]; then
                    blocks=$((block / 4096))
                    block=4096
                fi
                dd bs="$block" count="$blocks" >> output.log 2> /dev/null
                size=$(($(wc -c < output.log)))
                [ "$size" -gt "$before" ] || break
            done
            size=0
            turn=$(($1 / 16 + 1))
            block=$turn
            blocks=1
            if [ "$turn" -gt 65536 ]; then
                blocks=$((turn / 65536))
                block=65536
            fi
            while got=$(($(dd bs="$block" count="$blocks" 2> /dev/null | tee -a output.tail 2> /dev/null | wc -c))) && [ "$got" -gt 0 ]; do
                size=$((size + got))
                if [ "$size" -ge "$turn" ]; then
                    [ ! -e output.before ] || : > truncated
                    mv output.tail output.before
                    size=0
                fi
            done
        }

        # Waits for a child, whatever signals come in the meantime.
        wait_for() {
            while :; do
                wait "$1"
                code=$?
                kill -0 "$1" 2> /dev/null || return 0
            done
        }

        case $1 in
            identity) identity "$2"; exit ;;
            capture) capture "$2"; exit ;;
            begin) begin "$2" ;;
        esac

        trap : INT HUP QUIT TERM
        me=$(identity $$)
        (set -C; printf '%s\n%s\n' $$ "$me" > started) 2> /dev/null || exit 0
        exec < /dev/null > shim.log 2>&1
        mkfifo output.fifo || exit 71

        # Each in a process group of its own. Not every sh can do that by itself where there is no terminal.
        if command -v setsid > /dev/null; then
            own=setsid
        else
            own=
            set -m
        fi
        $own sh run.sh capture "$1" < output.fifo &
        capture=$!
        $own sh run.sh begin $$ < /dev/null > output.fifo 2>&1 &
        job=$!
        wait_for "$job"
        exit_code=$code
        kill -9 "-$job" 2> /dev/null

        # What has left the group may hold the pipe open for ever.
        $own sh -c 'sleep 2; kill -9 "-$0"' "$capture" &
        dog=$!
        wait_for "$capture"
        kill -9 "-$dog" 2> /dev/null || kill -9 "$dog" 2> /dev/null

        # A full disk must not turn a success into a lost agent: the end is told once it can be, or nobody asks any more.
        until printf '%s\n' "$exit_code" > exit.tmp && mv exit.tmp exit; do
            [ -e started ] && [ ! -e stopped ] || exit
            sleep 1
        done
        rm -f output.fifo
        """;
}
