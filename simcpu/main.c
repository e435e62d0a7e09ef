/* avocado-simcpu: the simulated CPU. It stands in for the vendor's silicon so that everything above it can be run and tested. */
#include "simcpu/file.h"
#include "simcpu/server.h"
#include "simcpu/socket.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_REFUSED 2
#define DESCRIPTORS_MIN 640 /* polled ones, and those of children from number 512 */

static const char help[] =
    "usage: avocado-simcpu --dir D [--make-platform [--root R]]\n"
    "\n"
    "Simulates a CPU with an Intel SGX-like trusted execution environment: starts statically linked programs\n"
    "that it measured itself, and signs their evidence under a simulated root. IT PROTECTS NOTHING.\n"
    "\n"
    "  --dir D           folder for simcpu.sock, simcpu.pid, platform.secret, root.pem,\n"
    "                    chip.id and collateral/ (made if absent)\n"
    "  --make-platform   make the platform in D and end, as a vendor does before a CPU leaves for its machine\n"
    "  --root R          the folder of a platform made before: D is certified under the same root\n"
    "  --help            this text\n"
    "  --version         the version\n";

static int refuse(const char *what) {
    fprintf(stderr, "avocado-simcpu: %s\n", what);
    return EXIT_REFUSED;
}

static int refuse_errno(const char *what, const char *on, const char *next) {
    fprintf(stderr, "avocado-simcpu: %s %s: %s; %s\n", what, on, strerror(errno), next);
    return EXIT_REFUSED;
}

/* One simulated CPU a folder: the pid file is locked for as long as it runs. -1 when another holds it. */
static int pid_file_lock(const char *dir) {
    char path[PATH_MAX];
    char text[16];
    if (snprintf(path, sizeof path, "%s/simcpu.pid", dir) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return -1;
    }
    int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
    return ftruncate(fd, 0) == 0 && write(fd, text, (size_t)length) == length ? fd : -1;
}

static int signals_open(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
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
    int signal_fd = signals_open();
    if (listen_fd < 0 || signal_fd < 0) {
        return refuse_errno("cannot listen at", path, "choose another --dir");
    }
    fprintf(stderr, "avocado-simcpu: ready at %s. This is a SIMULATION of a CPU: it protects nothing from anybody.\n", path);
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
    int lock_fd = pid_file_lock(dir);
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

static bool options_read(int argc, char **argv, struct options *options) {
    *options = (struct options){0};
    for (int i = 1; i < argc; i++) {
        bool valued = i + 1 < argc;
        if (strcmp(argv[i], "--make-platform") == 0) {
            options->make_platform = true;
        } else if (valued && strcmp(argv[i], "--dir") == 0) {
            options->dir = argv[++i];
        } else if (valued && strcmp(argv[i], "--root") == 0) {
            options->root = argv[++i];
        } else {
            return false;
        }
    }
    return options->dir != NULL && (options->root == NULL || options->make_platform);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("avocado-simcpu %s\n", AVO_PROGRAM_VERSION);
        return 0;
    }
    struct options options;
    if (!options_read(argc, argv, &options)) {
        return refuse("give --dir D, and with --make-platform perhaps --root R; see --help");
    }
    if (!folder_make(options.dir)) {
        return refuse_errno("cannot make the folder", options.dir, "make its parent folder, or choose another --dir");
    }
    return options.make_platform ? platform_make(&options) : run(options.dir);
}
