#pragma once
#include <microhttpd.h>
#include <sys/socket.h>

// Swift cannot call variadic C, nor read macros with casts in them.

/// What Relance says when it starts a daemon; every callback gets `context`.
struct relance_mhd_settings {
    unsigned int flags;
    unsigned int threads;
    unsigned int connection_limit;
    unsigned int idle_timeout_seconds;
    size_t connection_memory;
    void *context;
    MHD_AccessHandlerCallback access;
    void *(*begin)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_RequestCompletedCallback completed;
};

static inline struct MHD_Daemon *relance_mhd_start(const struct sockaddr *address, const struct relance_mhd_settings *s) {
    // The port is in the address.
    return MHD_start_daemon(
        s->flags, 0, NULL, NULL, s->access, s->context,
        MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_THREAD_POOL_SIZE, s->threads,
        MHD_OPTION_CONNECTION_LIMIT, s->connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, s->idle_timeout_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->connection_memory,
        MHD_OPTION_URI_LOG_CALLBACK, s->begin, s->context,
        MHD_OPTION_NOTIFY_COMPLETED, s->completed, s->context,
        MHD_OPTION_END);
}

static inline uint16_t relance_mhd_port(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

/// Makes the coming close of the connection a reset, which drops what is unsent.
static inline void relance_mhd_reset_on_close(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger at_once = {1, 0};
    if (info) (void)setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static inline ssize_t relance_mhd_break_off(void) {
    return MHD_CONTENT_READER_END_WITH_ERROR;
}
