"""An S3 server for the tests: moto, which checks the signature of every request.

`s3.py FOLDER` puts the files of a folder into the bucket `box` and prints port, key and secret of a user who may do all.
"""

import json
import os
import sys
import time

import boto3
from moto import settings
from moto.server import ThreadedMotoServer

import parent

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
first = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}

iam = boto3.client("iam", **first)
iam.create_user(UserName="tester")
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="tester", PolicyName="all", PolicyDocument=json.dumps(everything))
key = iam.create_access_key(UserName="tester")["AccessKey"]

s3 = boto3.client("s3", **first)
s3.create_bucket(Bucket="box")
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        s3.upload_file(path, "box", os.path.relpath(path, sys.argv[1]))

# From here on every request has to be signed right.
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
parent.end_with_it()
print(port, key["AccessKeyId"], key["SecretAccessKey"], flush=True)
while True:
    time.sleep(3600)
