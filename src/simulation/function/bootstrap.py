"""Runs a Python handler behind the Lambda Runtime API. Python 3.9 or later; needs nothing installed."""
import importlib
import json
import os
import socket
import sys
import time

ROOT = "/2018-06-01/runtime/"


class Api:
    """A connection that is kept; requests and answers have a Content-Length."""

    def __init__(self):
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb", 1 << 16)

    def request(self, method, path, body=b""):
        head = "%s %s%s HTTP/1.1\r\nHost: runtime\r\nContent-Length: %d\r\n\r\n" % (method, ROOT, path, len(body))
        self.socket.sendall(head.encode() + body)
        if not self.reader.readline():
            os._exit(0)  # the server is gone, and with it the reason to be here
        headers = {}
        for line in self.reader:
            if line in (b"\r\n", b"\n"):
                break
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        return headers, self.reader.read(int(headers.get("content-length", 0)))


class Context:
    """What a handler is given besides the event."""

    def __init__(self, headers):
        env = os.environ.get
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id", "")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn", "")
        self.function_name = env("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = env("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = env("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = None
        self.client_context = None
        self.tenant_id = None
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def failure(kind, message, error=None, request_id=""):
    """The error document of a failure; tells it on standard error, too."""
    stack = []
    if error is not None:
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        ours = (__file__, importlib.__file__)
        own = [frame for frame in frames if frame.filename not in ours and not frame.filename.startswith("<frozen")]
        stack = traceback.format_list(own)
    text = "[ERROR] %s: %s\n" % (kind, message)
    if stack:
        text += "Traceback (most recent call last):\n" + "".join(stack)
    try:
        sys.stderr.write(text)
    except Exception:
        pass
    document = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": stack}
    return json.dumps(document).encode()


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def set_up_logging(current):
    """As in Lambda, the root logger has a handler that writes to standard output."""
    import logging

    class WithRequest(logging.Filter):
        def filter(self, record):
            record.aws_request_id = current[0]
            return True

    handler = logging.StreamHandler(sys.stdout)
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    formatter = logging.Formatter(form, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(WithRequest())
    logging.getLogger().addHandler(handler)


def load(handler):
    """The handler, or the error document of why there is none."""
    try:
        module_name, name = handler.rsplit(".", 1)
    except ValueError:
        message = "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % handler
        return None, failure("Runtime.MalformedHandlerName", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = "Unable to import module '%s': %s" % (module_name, error)
        if (error.name or "").split(".")[0] in ("boto3", "botocore"):
            sys.stderr.write("note: Lambda brings %s along; here it must be installed for %s\n" % (error.name, sys.executable))
        return None, failure("Runtime.ImportModuleError", message, error)
    except SyntaxError as error:
        message = "Syntax error in module '%s': %s" % (module_name, error)
        return None, failure("Runtime.UserCodeSyntaxError", message, error)
    except Exception as error:
        return None, failure(type(error).__name__, str(error), error)
    try:
        return getattr(module, name), None
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (name, module_name)
        return None, failure("Runtime.HandlerNotFound", message)


def marshal(result):
    try:
        return json.dumps(result, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(result).encode()


def call(handler, event, context):
    """What to post for a call: the path's last part and the body."""
    request_id = context.aws_request_id
    try:
        event = json.loads(event)
    except Exception as error:
        return "error", failure("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error, None, request_id)
    try:
        result = handler(event, context)
    except Exception as error:
        return "error", failure(type(error).__name__, str(error), error, request_id)
    try:
        return "response", marshal(result)
    except Exception as error:
        message = "Unable to marshal response: %s" % error
        return "error", failure("Runtime.MarshalError", message, None, request_id)


def main():
    root = os.environ["LAMBDA_TASK_ROOT"]
    # Our own folder is no place for the function's modules.
    sys.path[:] = [root] + [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    current = [""]
    set_up_logging(current)
    api = Api()
    handler, error = load(os.environ["_HANDLER"])
    if error is not None:
        flush()
        api.request("POST", "init/error", error)
        os._exit(1)
    while True:
        flush()
        headers, event = api.request("GET", "invocation/next")
        context = Context(headers)
        current[0] = context.aws_request_id
        what, body = call(handler, event, context)
        flush()
        api.request("POST", "invocation/%s/%s" % (context.aws_request_id, what), body)


main()
