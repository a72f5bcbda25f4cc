/* The class Socket: one descriptor, and the system calls on it. */
#include "rawnet.h"
#include <linux/filter.h>

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

/* close(): again and again is fine. After EINTR or EIO the descriptor is gone as well, see close(2). */
static napi_value socket_close(napi_env env, napi_callback_info info) {
  struct call call;
  if (!read_method_call(env, info, &call)) return refuse(env, "close() is a method of a socket");
  if (call.socket->watch != NULL) end_watch(call.socket->watch);
  unmap_ring(&call.socket->ring);
  int fd = call.socket->fd;
  call.socket->fd = -1;
  return fd < 0 ? number(env, 0) : outcome(env, close(fd));
}

/* A watched socket is not collected, and watches end before the environment does: so nobody watches this one. */
static void finalize_socket(napi_env env, void *data, void *hint) {
  struct rawnet_socket *socket = data;
  (void)env;
  (void)hint;
  unmap_ring(&socket->ring);
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
  *socket = (struct rawnet_socket){.fd = -1, .watch = NULL, .watch_error = 0};
  if (read_call(env, info, &call) && napi_wrap(env, call.self, socket, finalize_socket, NULL, NULL) == napi_ok)
    return call.self;
  free(socket);
  return refuse(env, "new Socket() failed");
}

#define METHOD(name, function) {name, NULL, function, NULL, NULL, NULL, napi_default_method, NULL}

bool define_socket(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      METHOD("open", socket_open),
      METHOD("bind", socket_bind),
      METHOD("connect", socket_connect),
      METHOD("listen", socket_listen),
      METHOD("localAddress", socket_local_address),
      METHOD("setOption", socket_set_option),
      METHOD("getOption", socket_get_option),
      METHOD("attachFilter", socket_attach_filter),
      METHOD("mapRing", socket_map_ring),
      METHOD("send", socket_send),
      METHOD("sendBatch", socket_send_batch),
      METHOD("sendFrames", socket_send_frames),
      METHOD("receive", socket_receive),
      METHOD("watch", socket_watch),
      METHOD("unwatch", socket_unwatch),
      METHOD("close", socket_close),
  };
  napi_value socket_class;
  return napi_define_class(env, "Socket", NAPI_AUTO_LENGTH, construct_socket, NULL, sizeof methods / sizeof *methods,
                           methods, &socket_class) == napi_ok &&
         napi_set_named_property(env, exports, "Socket", socket_class) == napi_ok;
}
