/* avocado-simcpu: the simulated CPU. It stands in for the vendor's silicon so that everything above it can be run and tested. */
#include "attest/verify/memory.h"
#include "daemon/file.h"
#include "daemon/lock.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/service.h"
#include "daemon/settings.h"
#include "daemon/socket.h"
#include "tee/sim/server.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_REFUSED 2
#define SETTING_COUNT 3
#define DESCRIPTORS_MIN 640 /* polled ones, and those of children from number 512 */

static int refuse(const char *what) {
    avo_log_error("%s", what);
    return EXIT_REFUSED;
}

static int refuse_errno(const char *what, const char *on, const char *next) {
    avo_log_error("%s %s: %s; %s", what, on, strerror(errno), next);
    return EXIT_REFUSED;
}

/* False when there are too few: then neither poll nor the start of a child would work. */
static bool descriptors_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= DESCRIPTORS_MIN;
}

static int serve(const char *dir, struct avo_platform *platform) {
    char path[PATH_MAX];
    struct avo_server server;
    if (snprintf(path, sizeof path, "%s/simcpu.sock", dir) >= (int)sizeof path) {
        return refuse("the path of --dir is too long: choose a shorter one");
    }
    int listen_fd = avo_socket_listen(path);
    int signal_fd = avo_service_signals(SIGCHLD);
    if (listen_fd < 0 || signal_fd < 0) {
        return refuse_errno("cannot listen at", path, "choose another --dir");
    }
    avo_log_warn("ready at %s. This is a SIMULATION of a CPU: it protects nothing from anybody.", path);
    avo_notify("READY=1");
    avo_server_init(&server, platform, listen_fd, signal_fd);
    avo_server_run(&server);
    (void)unlink(path);
    return 0;
}

struct options {
    const char *dir;
    const char *root;
    bool make_platform;
};

static bool folder_make(const char *dir) {
    return mkdir(dir, 0700) == 0 || errno == EEXIST;
}

static int platform_make(const struct options *options) {
    char why[AVO_SIMCPU_WHY_BYTES];
    struct avo_platform *platform = avo_platform_open(options->dir, options->root, why);
    if (platform == NULL) {
        return refuse(why);
    }
    avo_platform_close(platform);
    return 0;
}

static int run(const char *dir) {
    char why[AVO_SIMCPU_WHY_BYTES];
    int lock_fd = avo_lock_take(dir, "simcpu.pid"); /* one simulated CPU a folder */
    if (lock_fd < 0) {
        return errno == EWOULDBLOCK ? refuse("another avocado-simcpu runs on this --dir: use it, or end it first")
                                    : refuse_errno("cannot write simcpu.pid in", dir, "choose another --dir");
    }
    if (!descriptors_raise()) {
        return refuse("fewer than 640 file descriptors are allowed: raise `ulimit -n`");
    }
    struct avo_platform *platform = avo_platform_open(dir, NULL, why);
    if (platform == NULL) {
        return refuse(why);
    }
    int status = serve(dir, platform);
    avo_platform_close(platform);
    (void)ftruncate(lock_fd, 0);
    close(lock_fd);
    return status;
}

static struct avo_settings_usage usage_of(struct options *options, struct avo_setting settings[SETTING_COUNT]) {
    const struct avo_setting all[SETTING_COUNT] = {
        {"--dir", AVO_SETTING_TEXT, &options->dir, "D", .needed = true,
         .help = "folder for simcpu.sock, simcpu.pid, platform.secret, root.pem, chip.id, collateral/"},
        {"--make-platform", AVO_SETTING_FLAG, &options->make_platform,
         .help = "make the platform in D and end, as a vendor does before a CPU is shipped"},
        {"--root", AVO_SETTING_TEXT, &options->root, "R",
         .help = "the folder of a platform made before: D is certified under the same root"},
    };
    memcpy(settings, all, sizeof all);
    return (struct avo_settings_usage){
        .program = "avocado-simcpu",
        .summary = "Simulates a CPU with an Intel SGX-like trusted execution environment: starts statically linked programs\n"
                   "that it measured itself, and signs their evidence under a simulated root. IT PROTECTS NOTHING.",
        .settings = settings,
        .count = SETTING_COUNT,
        .manual = "avocado-simcpu(8)"};
}

static int start(const struct options *options) {
    if (options->root != NULL && !options->make_platform) {
        return refuse("--root is for making a platform: give --make-platform too, or leave --root out");
    }
    if (!folder_make(options->dir)) {
        return refuse_errno("cannot make the folder", options->dir, "make its parent folder, or choose another --dir");
    }
    return options->make_platform ? platform_make(options) : run(options->dir);
}

int main(int argc, char **argv) {
    struct options options = {0};
    struct avo_setting settings[SETTING_COUNT];
    struct avo_settings_usage usage = usage_of(&options, settings);
    struct avo_settings given;
    char why[AVO_SETTINGS_WHY_BYTES];
    int status = 0;
    avo_service_begin("avocado-simcpu");
    avo_attest_memory(avo_log_allocate);
    if (avo_settings_read(&usage, argc, argv, &given, why) != AVO_OK) {
        status = refuse(why);
    } else if (!avo_settings_print(&given)) {
        status = start(&options);
    }
    avo_settings_close(&given);
    return status;
}
