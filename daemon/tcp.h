/* TCP as the control channel wants it: small messages leave at once, and a peer that is gone without a word is noticed. */
#ifndef AVO_DAEMON_TCP_H
#define AVO_DAEMON_TCP_H

#define AVO_TCP_IDLE_S 10  /* before the first question whether the peer is there */
#define AVO_TCP_REPEAT_S 5 /* between two */
#define AVO_TCP_LOST_S 30  /* without an answer: the connection is over */

/* For a connected or connecting socket; what the kernel refuses is left out. */
void avo_tcp_keep(int fd);

#endif
