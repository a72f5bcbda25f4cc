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
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define MAX_BATCH 256 /* messages per system call; bounds the stack that the headers need (20 kB) */
#define NAME_BYTES sizeof(struct sockaddr_storage)
#define MAX_ARGUMENTS 4

struct instance {
  napi_env env;
  uv_loop_t *loop;
  LIST_HEAD(, watch) watches;
  unsigned open_handles; /* being watched, or closed but not yet reported closed by libuv */
  napi_async_cleanup_hook_handle cleanup;
  bool ending;
};

struct rawnet_socket {
  int fd;              /* -1 when not open: every call then fails with EBADF */
  struct watch *watch; /* NULL when not watched */
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

/* ---- Arguments and results ------------------------------------------------------------------------- */

/* Throws unless there is an exception already. Returns NULL, for `return refuse(...)`. */
static napi_value refuse(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return NULL;
}

static napi_value number(napi_env env, int value) {
  napi_value result;
  return napi_create_int32(env, value, &result) == napi_ok ? result : NULL;
}

/* The result of a system call: itself, or -errno. */
static napi_value outcome(napi_env env, ssize_t result) {
  return number(env, result < 0 ? -errno : (int)result);
}

static bool read_call(napi_env env, napi_callback_info info, struct call *call) {
  size_t count = MAX_ARGUMENTS; /* absent arguments are undefined */
  call->socket = NULL;
  return napi_get_cb_info(env, info, &count, call->argument, &call->self, NULL) == napi_ok &&
         napi_get_instance_data(env, (void **)&call->instance) == napi_ok;
}

static bool read_method_call(napi_env env, napi_callback_info info, struct call *call) {
  return read_call(env, info, call) && napi_unwrap(env, call->self, (void **)&call->socket) == napi_ok;
}

static bool read_int(napi_env env, napi_value value, int *result) {
  return napi_get_value_int32(env, value, result) == napi_ok;
}

/* Accepts a Buffer or any other view, and undefined. */
static bool read_bytes(napi_env env, napi_value value, struct bytes *result) {
  napi_valuetype type;
  bool is_view = false;
  *result = (struct bytes){NULL, 0};
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_undefined) return true;
  if (napi_is_buffer(env, value, &is_view) != napi_ok || !is_view) return false;
  return napi_get_buffer_info(env, value, &result->start, &result->length) == napi_ok;
}

/* ---- Opening, addressing, options ------------------------------------------------------------------ */

/* open(domain, type, protocol) */
static napi_value socket_open(napi_env env, napi_callback_info info) {
  struct call call;
  int domain, type, protocol;
  if (!read_method_call(env, info, &call) || !read_int(env, call.argument[0], &domain) ||
      !read_int(env, call.argument[1], &type) || !read_int(env, call.argument[2], &protocol))
    return refuse(env, "open(domain, type, protocol) takes three numbers");
  if (call.socket->fd >= 0) return number(env, -EISCONN);
  call.socket->fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  return outcome(env, call.socket->fd);
}

static napi_value call_with_address(napi_env env, napi_callback_info info,
                                    int (*system_call)(int, const struct sockaddr *, socklen_t)) {
  struct call call;
  struct bytes address;
  if (!read_method_call(env, info, &call) || !read_bytes(env, call.argument[0], &address))
    return refuse(env, "a socket address is a Uint8Array");
  return outcome(env, system_call(call.socket->fd, address.start, (socklen_t)address.length));
}

/* bind(address) */
static napi_value socket_bind(napi_env env, napi_callback_info info) {
  return call_with_address(env, info, bind);
}

/* connect(address) */
static napi_value socket_connect(napi_env env, napi_callback_info info) {
  return call_with_address(env, info, connect);
}

/* listen(backlog) */
static napi_value socket_listen(napi_env env, napi_callback_info info) {
  struct call call;
  int backlog;
  if (!read_method_call(env, info, &call) || !read_int(env, call.argument[0], &backlog))
    return refuse(env, "listen(backlog) takes a number");
  return outcome(env, listen(call.socket->fd, backlog));
}

/* localAddress(result): fills the view, returns the address's length */
static napi_value socket_local_address(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes result;
  if (!read_method_call(env, info, &call) || !read_bytes(env, call.argument[0], &result))
    return refuse(env, "localAddress(result) takes a Uint8Array");
  socklen_t length = (socklen_t)result.length;
  if (getsockname(call.socket->fd, result.start, &length) < 0) return number(env, -errno);
  return number(env, (int)length);
}

/* setOption(level, name, number | bytes) */
static napi_value socket_set_option(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes value;
  int level, name, integer;
  if (!read_method_call(env, info, &call) || !read_int(env, call.argument[0], &level) ||
      !read_int(env, call.argument[1], &name))
    return refuse(env, "setOption(level, name, value) starts with two numbers");
  if (read_int(env, call.argument[2], &integer))
    value = (struct bytes){&integer, sizeof integer};
  else if (!read_bytes(env, call.argument[2], &value))
    return refuse(env, "an option's value is a number or a Uint8Array");
  return outcome(env, setsockopt(call.socket->fd, level, name, value.start, (socklen_t)value.length));
}

/* getOption(level, name, result): fills the view, returns the value's length */
static napi_value socket_get_option(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes result;
  int level, name;
  if (!read_method_call(env, info, &call) || !read_int(env, call.argument[0], &level) ||
      !read_int(env, call.argument[1], &name) || !read_bytes(env, call.argument[2], &result))
    return refuse(env, "getOption(level, name, result) takes two numbers and a Uint8Array");
  socklen_t length = (socklen_t)result.length;
  if (getsockopt(call.socket->fd, level, name, result.start, &length) < 0) return number(env, -errno);
  return number(env, (int)length);
}

/* attachFilter(program): classic BPF, 8 bytes an instruction. An option of its own since it holds a pointer. */
static napi_value socket_attach_filter(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes code;
  if (!read_method_call(env, info, &call) || !read_bytes(env, call.argument[0], &code))
    return refuse(env, "a filter program is a Uint8Array");
  size_t count = code.length / sizeof(struct sock_filter);
  if (count * sizeof(struct sock_filter) != code.length || count > BPF_MAXINSNS) return number(env, -EINVAL);
  struct sock_fprog program = {.len = (unsigned short)count, .filter = code.start};
  return outcome(env, setsockopt(call.socket->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

/* ---- Sending --------------------------------------------------------------------------------------- */

/* send(data, to?) */
static napi_value socket_send(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes data, to;
  if (!read_method_call(env, info, &call) || !read_bytes(env, call.argument[0], &data) ||
      !read_bytes(env, call.argument[1], &to))
    return refuse(env, "send(data, to) takes two Uint8Arrays");
  return outcome(env, sendto(call.socket->fd, data.start, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, to.start,
                             (socklen_t)to.length));
}

/* One element of the array [data, to, data, to, ...]. */
static bool read_element(napi_env env, napi_value array, uint32_t index, struct bytes *result) {
  napi_value element;
  return napi_get_element(env, array, index, &element) == napi_ok && read_bytes(env, element, result);
}

/* sendBatch([data, to, data, to, ...]): returns how many messages were taken, at most MAX_BATCH */
static napi_value socket_send_batch(napi_env env, napi_callback_info info) {
  struct call call;
  struct mmsghdr headers[MAX_BATCH];
  struct iovec vectors[MAX_BATCH];
  uint32_t length;
  if (!read_method_call(env, info, &call) || napi_get_array_length(env, call.argument[0], &length) != napi_ok)
    return refuse(env, "sendBatch(messages) takes an array");
  unsigned count = length / 2 < MAX_BATCH ? length / 2 : MAX_BATCH;
  for (unsigned i = 0; i < count; i++) {
    struct bytes data, to;
    if (!read_element(env, call.argument[0], 2 * i, &data) || !read_element(env, call.argument[0], 2 * i + 1, &to))
      return refuse(env, "a message is a Uint8Array, and so is its address");
    vectors[i] = (struct iovec){data.start, data.length};
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = to.start, .msg_namelen = (socklen_t)to.length, .msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  return outcome(env, sendmmsg(call.socket->fd, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* ---- Receiving ------------------------------------------------------------------------------------- */

/*
 * One block of memory takes a whole batch. TypeScript allocates it and reads it in place:
 *
 *   | results: slots x 16 | names: slots x NAME_BYTES | control: slots x control_bytes | data: slots x data_bytes |
 */
struct result {
  uint32_t data_bytes;
  uint32_t name_bytes;
  uint32_t control_bytes;
  uint32_t flags;
};

struct batch {
  unsigned slots;
  size_t data_bytes, control_bytes; /* room in one slot */
  struct result *results;
  char *names, *control, *data;
};

/* Fails unless the block is exactly a batch of `slots`. */
static bool divide_block(struct bytes block, int slots, int control_bytes, struct batch *batch) {
  if (slots < 1 || slots > MAX_BATCH || control_bytes < 0) return false;
  size_t fixed_bytes = sizeof(struct result) + NAME_BYTES + (size_t)control_bytes;
  size_t slot_bytes = block.length / (size_t)slots;
  if (slot_bytes * (size_t)slots != block.length || slot_bytes < fixed_bytes) return false;
  batch->slots = (unsigned)slots;
  batch->control_bytes = (size_t)control_bytes;
  batch->data_bytes = slot_bytes - fixed_bytes;
  batch->results = block.start;
  batch->names = (char *)(batch->results + slots);
  batch->control = batch->names + batch->slots * NAME_BYTES;
  batch->data = batch->control + batch->slots * batch->control_bytes;
  return true;
}

static void point_headers(const struct batch *batch, struct mmsghdr *headers, struct iovec *vectors) {
  for (unsigned i = 0; i < batch->slots; i++) {
    vectors[i] = (struct iovec){batch->data + i * batch->data_bytes, batch->data_bytes};
    headers[i].msg_hdr = (struct msghdr){.msg_name = batch->names + i * NAME_BYTES,
                                         .msg_namelen = NAME_BYTES,
                                         .msg_iov = &vectors[i],
                                         .msg_iovlen = 1,
                                         .msg_control = batch->control + i * batch->control_bytes,
                                         .msg_controllen = batch->control_bytes};
  }
}

static void write_results(const struct batch *batch, const struct mmsghdr *headers, int count) {
  for (int i = 0; i < count; i++) {
    const struct msghdr *header = &headers[i].msg_hdr;
    batch->results[i] = (struct result){.data_bytes = headers[i].msg_len,
                                        .name_bytes = header->msg_namelen,
                                        .control_bytes = (uint32_t)header->msg_controllen,
                                        .flags = (uint32_t)header->msg_flags};
  }
}

/* receive(block, slots, controlBytes): returns how many messages are in the block now */
static napi_value socket_receive(napi_env env, napi_callback_info info) {
  struct call call;
  struct bytes block;
  struct batch batch;
  int slots, control_bytes;
  struct mmsghdr headers[MAX_BATCH];
  struct iovec vectors[MAX_BATCH];
  if (!read_method_call(env, info, &call) || !read_bytes(env, call.argument[0], &block) ||
      !read_int(env, call.argument[1], &slots) || !read_int(env, call.argument[2], &control_bytes) ||
      !divide_block(block, slots, control_bytes, &batch))
    return refuse(env, "receive(block, slots, controlBytes): the block does not fit the slots");
  point_headers(&batch, headers, vectors);
  int count = recvmmsg(call.socket->fd, headers, batch.slots, MSG_DONTWAIT, NULL);
  if (count < 0) return number(env, -errno);
  write_results(&batch, headers, count);
  return number(env, count);
}

/* ---- Watching -------------------------------------------------------------------------------------- */

/* libuv has let go of the handle: the last moment of a watch, and maybe of the environment. References that were
 * never taken are NULL, which the calls below refuse without harm. */
static void on_poll_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  struct instance *instance = watch->instance;
  napi_delete_reference(instance->env, watch->self);
  napi_delete_reference(instance->env, watch->callback);
  napi_async_destroy(instance->env, watch->context);
  free(watch);
  instance->open_handles--;
  if (instance->ending && instance->open_handles == 0) napi_remove_async_cleanup_hook(instance->cleanup);
}

static void end_watch(struct watch *watch) {
  watch->socket->watch = NULL;
  LIST_REMOVE(watch, entry);
  uv_close((uv_handle_t *)&watch->poll, on_poll_closed);
}

/* An exception in the callback is as uncaught as one in a timer. */
static void call_back(struct watch *watch) {
  napi_env env = watch->instance->env;
  napi_value self, callback, error;
  if (napi_get_reference_value(env, watch->self, &self) != napi_ok ||
      napi_get_reference_value(env, watch->callback, &callback) != napi_ok)
    return;
  if (napi_make_callback(env, watch->context, self, callback, 0, NULL, NULL) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
}

/*
 * libuv stops a poll handle when the socket has an error pending: the interface of a packet socket went down,
 * netlink lost messages. The socket is as good as before once that error was read, so go on watching; the
 * callback's receive reads it.
 */
static void on_poll(uv_poll_t *poll, int status, int events) {
  struct watch *watch = poll->data;
  napi_handle_scope scope;
  (void)events;
  if (status < 0) uv_poll_start(poll, UV_READABLE, on_poll);
  if (napi_open_handle_scope(watch->instance->env, &scope) != napi_ok) return;
  call_back(watch);
  napi_close_handle_scope(watch->instance->env, scope);
}

/* From here on the watch ends by end_watch() alone, however much of it was set up. */
static void register_watch(struct watch *watch, struct instance *instance, struct rawnet_socket *socket) {
  watch->poll.data = watch;
  watch->instance = instance;
  watch->socket = socket;
  socket->watch = watch;
  LIST_INSERT_HEAD(&instance->watches, watch, entry);
  instance->open_handles++;
}

static bool hold_references(napi_env env, struct watch *watch, napi_value self, napi_value callback) {
  napi_value name;
  return napi_create_reference(env, self, 1, &watch->self) == napi_ok &&
         napi_create_reference(env, callback, 1, &watch->callback) == napi_ok &&
         napi_create_string_utf8(env, "rawnet", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_async_init(env, self, name, &watch->context) == napi_ok;
}

static int start_watch(napi_env env, const struct call *call) {
  struct watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return -ENOMEM;
  int status = uv_poll_init(call->instance->loop, &watch->poll, call->socket->fd);
  if (status < 0) {
    free(watch);
    return status;
  }
  register_watch(watch, call->instance, call->socket);
  bool held = hold_references(env, watch, call->self, call->argument[0]);
  status = held ? uv_poll_start(&watch->poll, UV_READABLE, on_poll) : -ENOMEM;
  if (status < 0) end_watch(watch);
  return status;
}

/* watch(callback) */
static napi_value socket_watch(napi_env env, napi_callback_info info) {
  struct call call;
  napi_valuetype type;
  if (!read_method_call(env, info, &call) || napi_typeof(env, call.argument[0], &type) != napi_ok ||
      type != napi_function)
    return refuse(env, "watch(callback) takes a function");
  if (call.socket->fd < 0) return number(env, -EBADF);
  if (call.socket->watch != NULL) return number(env, -EEXIST);
  return number(env, start_watch(env, &call));
}

/* unwatch() */
static napi_value socket_unwatch(napi_env env, napi_callback_info info) {
  struct call call;
  if (!read_method_call(env, info, &call)) return refuse(env, "unwatch() is a method of a socket");
  if (call.socket->watch != NULL) end_watch(call.socket->watch);
  return number(env, 0);
}

/* ---- Lifetime -------------------------------------------------------------------------------------- */

/* close(): again and again is fine. After EINTR or EIO the descriptor is gone as well, see close(2). */
static napi_value socket_close(napi_env env, napi_callback_info info) {
  struct call call;
  if (!read_method_call(env, info, &call)) return refuse(env, "close() is a method of a socket");
  if (call.socket->watch != NULL) end_watch(call.socket->watch);
  int fd = call.socket->fd;
  call.socket->fd = -1;
  return fd < 0 ? number(env, 0) : outcome(env, close(fd));
}

/* A watched socket is not collected, and watches end before the environment does: so nobody watches this one. */
static void finalize_socket(napi_env env, void *data, void *hint) {
  struct rawnet_socket *socket = data;
  (void)env;
  (void)hint;
  if (socket->fd >= 0) close(socket->fd);
  free(socket);
}

/* new Socket(): not open yet, since a constructor cannot return an error number */
static napi_value construct_socket(napi_env env, napi_callback_info info) {
  struct call call;
  napi_value target = NULL;
  if (napi_get_new_target(env, info, &target) != napi_ok || target == NULL) return refuse(env, "Socket is a class");
  struct rawnet_socket *socket = malloc(sizeof *socket);
  if (socket == NULL) return refuse(env, "new Socket() found no memory");
  *socket = (struct rawnet_socket){.fd = -1, .watch = NULL};
  if (read_call(env, info, &call) && napi_wrap(env, call.self, socket, finalize_socket, NULL, NULL) == napi_ok)
    return call.self;
  free(socket);
  return refuse(env, "new Socket() failed");
}

/* interfaceIndex(name) */
static napi_value interface_index(napi_env env, napi_callback_info info) {
  struct call call;
  char name[IF_NAMESIZE + 1]; /* one more, so that a name that is too long is not cut to a valid one */
  size_t length;
  if (!read_call(env, info, &call) ||
      napi_get_value_string_utf8(env, call.argument[0], name, sizeof name, &length) != napi_ok)
    return refuse(env, "interfaceIndex(name) takes a string");
  if (strlen(name) != length) return number(env, -ENODEV);
  unsigned index = if_nametoindex(name);
  return index == 0 ? number(env, -errno) : number(env, (int)index);
}

/* The environment ends: close what libuv still watches, and hold the environment until that is done. */
static void on_environment_end(napi_async_cleanup_hook_handle handle, void *data) {
  struct instance *instance = data;
  struct watch *watch;
  instance->ending = true;
  while ((watch = LIST_FIRST(&instance->watches)) != NULL) end_watch(watch);
  if (instance->open_handles == 0) napi_remove_async_cleanup_hook(handle);
}

static void finalize_instance(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

static bool create_instance(napi_env env) {
  struct instance *instance = calloc(1, sizeof *instance);
  if (instance == NULL) return false;
  instance->env = env;
  LIST_INIT(&instance->watches);
  if (napi_get_uv_event_loop(env, &instance->loop) != napi_ok ||
      napi_set_instance_data(env, instance, finalize_instance, NULL) != napi_ok) {
    free(instance);
    return false;
  }
  return napi_add_async_cleanup_hook(env, on_environment_end, instance, &instance->cleanup) == napi_ok;
}

#define METHOD(name, function) {name, NULL, function, NULL, NULL, NULL, napi_default_method, NULL}

NAPI_MODULE_INIT() {
  const napi_property_descriptor methods[] = {
      METHOD("open", socket_open),
      METHOD("bind", socket_bind),
      METHOD("connect", socket_connect),
      METHOD("listen", socket_listen),
      METHOD("localAddress", socket_local_address),
      METHOD("setOption", socket_set_option),
      METHOD("getOption", socket_get_option),
      METHOD("attachFilter", socket_attach_filter),
      METHOD("send", socket_send),
      METHOD("sendBatch", socket_send_batch),
      METHOD("receive", socket_receive),
      METHOD("watch", socket_watch),
      METHOD("unwatch", socket_unwatch),
      METHOD("close", socket_close),
  };
  napi_value socket_class, interface_index_function;
  if (!create_instance(env) ||
      napi_define_class(env, "Socket", NAPI_AUTO_LENGTH, construct_socket, NULL, sizeof methods / sizeof *methods,
                        methods, &socket_class) != napi_ok ||
      napi_create_function(env, "interfaceIndex", NAPI_AUTO_LENGTH, interface_index, NULL,
                           &interface_index_function) != napi_ok ||
      napi_set_named_property(env, exports, "Socket", socket_class) != napi_ok ||
      napi_set_named_property(env, exports, "interfaceIndex", interface_index_function) != napi_ok)
    return refuse(env, "rawnet could not be set up");
  return exports;
}
