#include "cli/base/policy_users.h"
#include "cli/base/process.h"
#include "cli/local/down.h"
#include "cli/local/up.h"
#include "daemon/free_memory.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BUDGET_WORKER_MIN_MIB 9
#define DESCRIPTORS_NEEDED(up) (640 + 16 * (up)->workers) /* the simulated CPU: 640 */
#define SPARE_MIB 128
#define NODE_SPARE_MIB 24 /* rings, stacks, the programs */
#define HOST_MEMORY_MIB 1024
#define MIB (1ULL << 20)

uint16_t avo_up_node_port(const struct avo_up *up, uint64_t slot) {
    return (uint16_t)(up->port + slot * up->workers);
}

uint16_t avo_up_cas_port(const struct avo_up *up) {
    return (uint16_t)(up->port - 1);
}

bool avo_up_has_las(const struct avo_up *up) {
    (void)up;
    return avo_aead_warning() == NULL;
}

uint64_t avo_up_patience_us(const struct avo_up *up, uint64_t otherwise_us) {
    return up->common.timeout_given ? (uint64_t)(up->common.timeout_s * 1e6) : otherwise_us;
}

bool avo_up_is_inline(const struct avo_up *up) {
    return strcmp(up->mode, "inline") == 0;
}

static bool check_options(struct avo_up *up) {
    if (!avo_policy_users_check(&up->users, AVO_POLICY_CLIENT, "up", &up->why)) {
        return false;
    }
    if (strcmp(up->transport, "udp") != 0) {
        avo_why_set(&up->why, "up: --transport %s: is not in this version; use --transport udp", up->transport);
        return false;
    }
    if (up->budget_mib < up->workers * BUDGET_WORKER_MIN_MIB) {
        avo_why_set(&up->why, "up: --budget %llu MiB is too little for %llu worker(s); give at least %d MiB a worker",
                    (unsigned long long)up->budget_mib, (unsigned long long)up->workers, BUDGET_WORKER_MIN_MIB);
        return false;
    }
    if (up->port + up->nodes * up->workers > UINT16_MAX) {
        avo_why_set(&up->why, "up: --port %llu leaves no room for %llu ports above it; give a smaller one",
                    (unsigned long long)up->port, (unsigned long long)(up->nodes * up->workers));
        return false;
    }
    return true;
}

bool avo_up_folder_free(struct avo_up *up, const char *dir) {
    unsigned running = avo_cluster_running(dir);
    if (running > 0) {
        avo_why_set(&up->why, "up: a cluster already runs in %s (%u processes); use it, or avocado down --dir %s first",
                    up->shown_dir, running, up->shown_dir);
        return false;
    }
    if (avo_cluster_is_hidden(dir)) {
        avo_why_set(&up->why,
                    "up: a cluster already runs in %s, which cannot be seen from here, as one in a container or of another user; "
                    "choose another --dir",
                    up->common.dir);
        return false;
    }
    if (avo_cluster_is_marked(dir)) {
        avo_why_set(&up->why, "up: the cluster in %s was not stopped cleanly; avocado down --dir %s first", up->shown_dir,
                    up->shown_dir);
        return false;
    }
    return avo_up_profile_free(up, dir);
}

void avo_up_second(struct avo_up *up) {
    avo_why_set(&up->why, "up: another avocado up or down works on %s; wait for it, then look with avocado status --dir %s",
                up->shown_dir, up->shown_dir);
}

static bool check_folder(struct avo_up *up) {
    char dir[AVO_PATH_BYTES];
    if (!avo_cli_dir(up->common.dir, dir)) {
        return true; /* not there yet */
    }
    if (avo_cluster_is_worked_on(dir)) {
        avo_up_second(up);
        return false;
    }
    return avo_up_folder_free(up, dir);
}

bool avo_up_check_programs(struct avo_up *up) {
    const struct {
        const char *name;
        char *path;
    } programs[] = {{"avocado-simcpu", up->simcpu_program},
                    {"avocado-cas", up->cas_program},
                    {avo_up_has_las(up) ? "avocado-las" : "avocado-cas", up->las_program},
                    {avo_up_is_inline(up) ? "avocado-inline" : "avocado-node", up->node_program},
                    {avo_up_is_inline(up) ? "avocado-inline" : "avocado-enclave", up->enclave_program}};
    for (size_t i = 0; i < AVO_COUNT(programs); i++) {
        if (!avo_program_path(programs[i].path, PATH_MAX, programs[i].name) || access(programs[i].path, X_OK) != 0) {
            avo_why_set(&up->why, "up: %s: is not beside this program; build or install all of avocado", programs[i].name);
            return false;
        }
    }
    return true;
}

static bool port_free(struct avo_up *up, uint16_t port, int type, const char *what) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd >= 0 && type == SOCK_STREAM) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one); /* as the CAS does: closed connections are no use */
    }
    bool good = fd >= 0 && bind(fd, (const struct sockaddr *)&in, sizeof in) == 0;
    if (!good) {
        avo_why_set(&up->why, "up: port %u (%s): %s; choose another --port", port, what, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

static bool check_ports(struct avo_up *up) {
    if (!port_free(up, avo_up_cas_port(up), SOCK_STREAM, "TCP, of the CAS")) {
        return false;
    }
    for (uint64_t i = 0; i < up->nodes * up->workers; i++) {
        if (!port_free(up, (uint16_t)(up->port + i), SOCK_DGRAM, "UDP, of a node")) {
            return false;
        }
    }
    return true;
}

bool avo_up_ports_free(struct avo_up *up, unsigned slot) {
    if (up->port + (slot + 1) * up->workers > UINT16_MAX) {
        avo_why_set(&up->why, "node: the ports of slot %u would be above 65535; add a lower slot", slot);
        return false;
    }
    for (uint64_t i = 0; i < up->workers; i++) {
        if (!port_free(up, (uint16_t)(avo_up_node_port(up, slot) + i), SOCK_DGRAM, "UDP, of a node")) {
            return false;
        }
    }
    return true;
}

/* The nodes share what there is; it is taken as it is used, and must be there then. */
static bool check_memory(struct avo_up *up) {
    struct avo_free_memory memory;
    avo_free_memory_read("", &memory);
    uint64_t available = memory.bytes / MIB;
    uint64_t fixed = up->nodes * (up->budget_mib + NODE_SPARE_MIB) + SPARE_MIB;
    uint64_t fits = available > fixed ? (available - fixed) / up->nodes : 0;
    if (up->host_memory_mib == 0) {
        up->host_memory_mib = memory.bytes == 0 || fits > HOST_MEMORY_MIB ? HOST_MEMORY_MIB : fits;
    }
    uint64_t needed = fixed + up->nodes * up->host_memory_mib;
    if (memory.bytes == 0 || (fits > 0 && up->host_memory_mib <= fits)) {
        return true;
    }
    if (fits == 0) {
        avo_why_set(&up->why,
                    "up: %llu MiB of memory are needed beside the values, %s has %llu MiB left; give a smaller --budget or fewer "
                    "--nodes",
                    (unsigned long long)fixed, memory.whose, (unsigned long long)available);
    } else {
        avo_why_set(&up->why,
                    "up: %llu nodes with --host-memory %llu need %llu MiB of memory, %s has %llu MiB left; give --host-memory %llu "
                    "or less, or fewer --nodes",
                    (unsigned long long)up->nodes, (unsigned long long)up->host_memory_mib, (unsigned long long)needed,
                    memory.whose, (unsigned long long)available, (unsigned long long)fits);
    }
    return false;
}

static bool check_resources(struct avo_up *up) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* the programs inherit it */
    }
    if (limit.rlim_cur < DESCRIPTORS_NEEDED(up)) {
        avo_why_set(&up->why, "up: only %llu file descriptors are allowed, %llu are needed; raise `ulimit -n`",
                    (unsigned long long)limit.rlim_cur, (unsigned long long)DESCRIPTORS_NEEDED(up));
        return false;
    }
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) { /* too little is no error: status says which memory the secrets are in */
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_MEMLOCK, &limit);
    }
    return check_memory(up);
}

bool avo_up_check(struct avo_up *up) {
    return check_options(up) && avo_up_check_programs(up) && check_folder(up) && check_resources(up) && check_ports(up);
}
