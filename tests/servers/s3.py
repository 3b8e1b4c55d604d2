"""An S3 server for the tests: moto, which checks the signature of every request.

`s3.py FOLDER [SLOW]` puts the files of a folder into the bucket `box` and prints port, key and secret of a user who may do
all. After that, objects that are put take SLOW seconds.

moto knows signatures in headers only. Those in addresses are checked here, by the library of Amazon, and become headers.
"""

import json
import os
import sys
import time
from urllib.parse import parse_qsl, quote, urlencode

import boto3
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto import settings
from moto.moto_server import threaded_moto_server, werkzeug_app

import parent

credentials = None
log = []
slow = 0


def address(environ, query):
    path = quote(environ["PATH_INFO"], safe="/~")
    return f"http://{environ['HTTP_HOST']}{path}?{urlencode(query, quote_via=quote)}".rstrip("?")


def is_right(environ, query):
    """Whether the signature in an address is the one that the credentials make of it."""
    signature = query.pop("X-Amz-Signature")
    if credentials is None or query["X-Amz-Credential"].split("/")[0] != credentials.access_key:
        return False
    auth = S3SigV4QueryAuth(credentials, "s3", query["X-Amz-Credential"].split("/")[2])
    request = AWSRequest(environ["REQUEST_METHOD"], address(environ, {}), {"host": environ["HTTP_HOST"]}, params=query)
    request.context["timestamp"] = query["X-Amz-Date"]
    request.url = address(environ, query)
    request.params = {}
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request) == signature


def with_addresses(app):
    def answer(environ, start):
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if "X-Amz-Signature" not in query:
            return app(environ, start)
        if not is_right(environ, query):
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match.</Message></Error>"]
        query = {name: value for name, value in query.items() if not name.startswith("X-Amz-")}
        request = AWSRequest(environ["REQUEST_METHOD"], address(environ, query), {"host": environ["HTTP_HOST"]})
        S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
        environ["QUERY_STRING"] = urlencode(query)
        for name, value in request.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return app(environ, start)

    return answer


def with_a_log(app):
    """Objects that are put take `slow` seconds; when each came is said at `/log`, as `web.py` says it."""

    def answer(environ, start):
        if environ["PATH_INFO"] == "/log":
            said = json.dumps(log).encode()
            start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(said)))])
            return [said]
        log.append({"method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"], "time": time.time()})
        if environ["REQUEST_METHOD"] == "PUT":
            time.sleep(slow)
        return app(environ, start)

    return answer


class App(werkzeug_app.DomainDispatcherApplication):
    def __call__(self, environ, start):
        return with_a_log(with_addresses(super().__call__))(environ, start)


threaded_moto_server.DomainDispatcherApplication = App
server = threaded_moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
first = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}

iam = boto3.client("iam", **first)
iam.create_user(UserName="tester")
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="tester", PolicyName="all", PolicyDocument=json.dumps(everything))
key = iam.create_access_key(UserName="tester")["AccessKey"]
credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])

s3 = boto3.client("s3", **first)
s3.create_bucket(Bucket="box")
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        s3.upload_file(path, "box", os.path.relpath(path, sys.argv[1]))

# From here on every request has to be signed right.
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
log.clear()
slow = float(sys.argv[2]) if len(sys.argv) > 2 else 0
parent.end_with_it()
print(port, key["AccessKeyId"], key["SecretAccessKey"], flush=True)
while True:
    time.sleep(3600)
