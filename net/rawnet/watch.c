/* Watching sockets on the event loop of their environment, and the end of that environment. */
#include "rawnet.h"

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

void end_watch(struct watch *watch) {
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
 * callback's receive reads it. Should that be impossible, nothing would call back any more: the receive tells.
 */
static void on_poll(uv_poll_t *poll, int status, int events) {
  struct watch *watch = poll->data;
  napi_handle_scope scope;
  (void)events;
  if (status < 0) watch->socket->watch_error = uv_poll_start(poll, UV_READABLE, on_poll);
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
  socket->watch_error = 0;
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
napi_value socket_watch(napi_env env, napi_callback_info info) {
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
napi_value socket_unwatch(napi_env env, napi_callback_info info) {
  struct call call;
  if (!read_method_call(env, info, &call)) return refuse(env, "unwatch() is a method of a socket");
  if (call.socket->watch != NULL) end_watch(call.socket->watch);
  return number(env, 0);
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

bool create_instance(napi_env env) {
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
