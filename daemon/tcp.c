#include "daemon/tcp.h"
#include "base/compiler.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

void avo_tcp_keep(int fd) {
    const struct {
        int level;
        int name;
        int value;
    } options[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
                   {SOL_SOCKET, SO_KEEPALIVE, 1},
                   {IPPROTO_TCP, TCP_KEEPIDLE, AVO_TCP_IDLE_S},
                   {IPPROTO_TCP, TCP_KEEPINTVL, AVO_TCP_REPEAT_S},
                   {IPPROTO_TCP, TCP_KEEPCNT, (AVO_TCP_LOST_S - AVO_TCP_IDLE_S) / AVO_TCP_REPEAT_S},
                   {IPPROTO_TCP, TCP_USER_TIMEOUT, AVO_TCP_LOST_S * 1000}};
    for (size_t i = 0; i < AVO_COUNT(options); i++) {
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
    }
}
