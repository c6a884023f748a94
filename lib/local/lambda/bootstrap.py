"""
Runs inside each function process of a Python function: loads the handler and speaks the Lambda Runtime API, as AWS's own Python
runtime does, its errors and log lines included. The standard library alone: what else is there, the function has brought.
"""

import decimal
import http.client
import importlib
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
API_PATH = "/2018-06-01/runtime"
IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
INIT_FAILED = 1

request_id = None


class Fault(Exception):
    """An error of Lambda, not of the handler: it has a type of its own and no trace."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.described = {"errorMessage": message, "errorType": kind, "requestId": "", "stackTrace": list(trace)}


def main():
    die_with_parent()
    set_up_logging()
    api = Api()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except BaseException as error:
        described = describe(error)
        log_error(described)
        api.post("/init/error", json.dumps(described), {"Lambda-Runtime-Function-Error-Type": described["errorType"]})
        sys.exit(INIT_FAILED)
    while True:
        invoke(api, handler, *api.next())


def invoke(api, handler, headers, body):
    global request_id
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    target = "response"
    try:
        answer = marshal(handler(json.loads(body), Context(headers)))
    except Exception as error:
        described = describe(error)
        log_error(described)
        answer, target = json.dumps(described), "error"
    # Tells the host that all output of this invocation is in the pipes.
    for stream in (sys.stdout, sys.stderr):
        stream.write(f"\ue000END {request_id}\ue000\n")
        stream.flush()
    ended, request_id = request_id, None
    api.post(f"/invocation/{ended}/{target}", answer)


def load_handler(setting):
    try:
        module_name, name = setting.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{setting}': {error}") from None
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename.replace(TASK_ROOT, "/var/task", 1)}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", trace) from None
    try:
        return getattr(module, name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'") from None


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Members({"cognito_identity_id": None, "cognito_identity_pool_id": None})
        client_context = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = None if client_context is None else Members(json.loads(client_context))
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class Members:
    def __init__(self, members):
        self.__dict__.update(members)


def marshal(result):
    try:
        # From 3.12 on AWS writes characters as they are.
        return json.dumps(result, default=decimal_as_number, ensure_ascii=sys.version_info < (3, 12))
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def decimal_as_number(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def describe(error):
    if isinstance(error, Fault):
        return {**error.described, "requestId": request_id or ""}
    frames = frames_of(error.__traceback__)
    # From the handler's own code on: nobody is helped by lines of this file, or of the import system.
    own = next((at for at, (filename, *_) in enumerate(frames) if not is_ours(filename)), 0)
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id or "",
        "stackTrace": traceback.format_list(frames[own:]),
    }


def frames_of(trace):
    # Where the code lies on AWS; of a line all, and no carets under a part of it, as there.
    return [
        (frame.filename.replace(TASK_ROOT, "/var/task", 1), frame.lineno, frame.name, frame.line)
        for frame in traceback.extract_tb(trace)
    ]


def is_ours(filename):
    return filename == __file__ or filename.startswith("<frozen importlib") or filename == importlib.__file__


def log_error(described):
    if IS_JSON:
        write_line(json.dumps({"timestamp": now(), "level": "ERROR", **described}))
        return
    lines = [f"[ERROR] {described['errorType']}: {described['errorMessage']}", "Traceback (most recent call last):"]
    for frame in described["stackTrace"]:
        # A log event is one line; spaces at its begin would be cut off.
        lines += ["\u00a0" * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in frame.splitlines()]
    write_line("\r".join(lines))


class LogHandler(logging.Handler):
    def emit(self, record):
        record.aws_request_id = request_id or ""
        write_line(self.format(record).replace("\n", "\r"))


class JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {"timestamp": now(), "level": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            kind, error, trace = record.exc_info
            line["errorType"] = kind.__name__
            line["errorMessage"] = str(error)
            line["stackTrace"] = traceback.format_list(frames_of(trace))
        line["requestId"] = record.aws_request_id
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    logging.Formatter.converter = time.gmtime
    handler = LogHandler()
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    handler.setFormatter(JsonFormatter() if IS_JSON else logging.Formatter(text, "%Y-%m-%dT%H:%M:%S"))
    logging.getLogger().addHandler(handler)


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def write_line(line):
    sys.stdout.write(f"{line}\n")


def die_with_parent():
    """The host keeps this process's stdin open; when the host dies, however it dies, stdin ends."""

    def watch():
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


class Api:
    def __init__(self):
        self.connection = http.client.HTTPConnection(API)

    def next(self):
        try:
            self.connection.request("GET", f"{API_PATH}/invocation/next")
            response = self.connection.getresponse()
            return response.headers, response.read()
        except (OSError, http.client.HTTPException):
            # The host is gone, or has given up this environment.
            os._exit(0)

    def post(self, target, body, headers={}):
        self.connection.request("POST", API_PATH + target, body.encode(), {"Content-Type": "application/json", **headers})
        self.connection.getresponse().read()


if __name__ == "__main__":
    # Imported by nobody; the handler's folder takes the place of this one.
    sys.path[0] = TASK_ROOT
    main()
