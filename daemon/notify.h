/* Tells systemd that a service is ready (Type=notify): one datagram to the socket that NOTIFY_SOCKET names, see sd_notify(3). */
#ifndef AVO_DAEMON_NOTIFY_H
#define AVO_DAEMON_NOTIFY_H

/* `state` is e.g. "READY=1". Does nothing where nobody listens. */
void avo_notify(const char *state);

#endif
