/*
 * rawnet: Linux sockets for Node, as they are.
 *
 * Node offers TCP and UDP only. This addon adds the few system calls behind AF_PACKET, raw ICMPv6, netlink
 * and socket options, with batches (recvmmsg, sendmmsg) because packets come in bursts. It knows no packet
 * format: addresses, options and packets are bytes that TypeScript encodes.
 *
 * Conventions
 *   - A method returns what the system call returns, or -errno. TypeScript makes an error of it and adds the
 *     call's name. Only wrong arguments throw here (TypeError).
 *   - No call blocks: sockets are non-blocking and close-on-exec.
 *   - There are no globals. What belongs to one environment (the main thread or one worker) is in
 *     `struct instance`.
 *
 * Lifetimes
 *   struct rawnet_socket   wrapped by the JavaScript object; its finalizer closes the descriptor, so neither
 *                          garbage collection nor the end of an environment leaks one.
 *   struct watch           from watch() until libuv has closed the poll handle; meanwhile it holds the
 *                          JavaScript object, so a watched socket is never collected.
 *   struct instance        as long as the environment, which an asynchronous clean-up hook keeps until the
 *                          last poll handle is closed: libuv must never call into an environment that is gone.
 */
#ifndef RAWNET_H
#define RAWNET_H

#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include <uv.h>

#define MAX_ARGUMENTS 4

struct instance {
  napi_env env;
  uv_loop_t *loop;
  LIST_HEAD(, watch) watches;
  unsigned open_handles; /* being watched, or closed but not yet reported closed by libuv */
  napi_async_cleanup_hook_handle cleanup;
  bool ending;
};

/* Memory that the kernel writes received packets to, packet(7) PACKET_RX_RING. */
struct ring {
  char *start; /* NULL when there is none */
  unsigned frames, frame_bytes;
  unsigned next; /* the frame that is read next */
};

struct rawnet_socket {
  int fd;              /* -1 when not open: every call then fails with EBADF */
  struct ring ring;
  struct watch *watch; /* NULL when not watched */
  int watch_error;     /* why watching ended by itself, -errno, until a receive has told it; else 0 */
};

struct watch {
  uv_poll_t poll;
  struct instance *instance;
  struct rawnet_socket *socket;
  napi_ref self;
  napi_ref callback;
  napi_async_context context;
  LIST_ENTRY(watch) entry;
};

/* Arguments of one call. */
struct call {
  struct instance *instance;
  struct rawnet_socket *socket; /* NULL in a plain function */
  napi_value self;
  napi_value argument[MAX_ARGUMENTS];
};

struct bytes {
  void *start; /* NULL for undefined */
  size_t length;
};

/* arguments.c */

/* Throws unless there is an exception already. Returns NULL, for `return refuse(...)`. */
napi_value refuse(napi_env env, const char *message);
napi_value number(napi_env env, int value);
/* The result of a system call: itself, or -errno. */
napi_value outcome(napi_env env, ssize_t result);
bool read_call(napi_env env, napi_callback_info info, struct call *call);
bool read_method_call(napi_env env, napi_callback_info info, struct call *call);
bool read_int(napi_env env, napi_value value, int *result);
/* Accepts a Buffer or any other view, and undefined. */
bool read_bytes(napi_env env, napi_value value, struct bytes *result);

/* watch.c */

bool create_instance(napi_env env);
void end_watch(struct watch *watch);
napi_value socket_watch(napi_env env, napi_callback_info info);
napi_value socket_unwatch(napi_env env, napi_callback_info info);

/* ring.c */

napi_value socket_map_ring(napi_env env, napi_callback_info info);
/* Copies the next packet, cut to `room`, and gives its place back. False when there is none; `length` is the whole one's. */
bool read_ring(struct ring *ring, void *data, size_t room, size_t *copied, size_t *length);
void unmap_ring(struct ring *ring);

/* batch.c */

napi_value socket_send_batch(napi_env env, napi_callback_info info);
napi_value socket_send_frames(napi_env env, napi_callback_info info);
napi_value socket_receive(napi_env env, napi_callback_info info);

/* socket.c */

bool define_socket(napi_env env, napi_value exports);

#endif
