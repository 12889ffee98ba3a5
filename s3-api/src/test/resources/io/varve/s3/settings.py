"""What boto3 does with tags, policies, lists, rules for web pages and forms. Arguments: the server's address."""
import io
import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = sys.argv[1]


def client(**arguments):
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **arguments)


def refused(call, code):
    try:
        call()
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
    else:
        raise AssertionError("expected " + code)


s3 = client(config=Config(signature_version="s3v4"))
stranger = client(config=Config(signature_version=UNSIGNED))
s3.create_bucket(Bucket="boto")
s3.put_object(Bucket="boto", Key="a/b c", Body=b"hello", Tagging="colour=blue", Metadata={"k": "v"})

# Tags
assert s3.get_object_tagging(Bucket="boto", Key="a/b c")["TagSet"] == [{"Key": "colour", "Value": "blue"}]
s3.put_object_tagging(Bucket="boto", Key="a/b c", Tagging={"TagSet": [{"Key": "x", "Value": "y"}]})
assert s3.get_object(Bucket="boto", Key="a/b c")["TagCount"] == 1
s3.put_bucket_tagging(Bucket="boto", Tagging={"TagSet": [{"Key": "x", "Value": "y"}]})
assert s3.get_bucket_tagging(Bucket="boto")["TagSet"] == [{"Key": "x", "Value": "y"}]

# Attributes
told = s3.get_object_attributes(Bucket="boto", Key="a/b c", ObjectAttributes=["ETag", "ObjectSize", "Checksum"])
assert told["ObjectSize"] == 5, told

# Rules for web pages
rules = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.org"], "MaxAgeSeconds": 5}]}
s3.put_bucket_cors(Bucket="boto", CORSConfiguration=rules)
assert s3.get_bucket_cors(Bucket="boto")["CORSRules"] == rules["CORSRules"]

# Policies
refused(lambda: s3.get_bucket_policy(Bucket="boto"), "NoSuchBucketPolicy")
policy = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"],
                   "Resource": ["arn:aws:s3:::boto/a/*"]}],
})
refused(lambda: stranger.get_object(Bucket="boto", Key="a/b c"), "AccessDenied")
s3.put_public_access_block(Bucket="boto", PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
refused(lambda: s3.put_bucket_policy(Bucket="boto", Policy=policy), "AccessDenied")
s3.delete_public_access_block(Bucket="boto")
s3.put_bucket_policy(Bucket="boto", Policy=policy)
assert json.loads(s3.get_bucket_policy(Bucket="boto")["Policy"]) == json.loads(policy)
assert s3.get_bucket_policy_status(Bucket="boto")["PolicyStatus"]["IsPublic"]
assert stranger.get_object(Bucket="boto", Key="a/b c")["Body"].read() == b"hello"
refused(lambda: stranger.list_objects_v2(Bucket="boto"), "AccessDenied")
s3.delete_bucket_policy(Bucket="boto")
refused(lambda: stranger.get_object(Bucket="boto", Key="a/b c"), "AccessDenied")

# Lists
s3.put_bucket_ownership_controls(
    Bucket="boto", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
s3.put_object_acl(Bucket="boto", Key="a/b c", ACL="public-read")
assert len(s3.get_object_acl(Bucket="boto", Key="a/b c")["Grants"]) == 2
assert stranger.get_object(Bucket="boto", Key="a/b c")["Body"].read() == b"hello"
grants = s3.get_object_acl(Bucket="boto", Key="a/b c")
s3.put_object_acl(Bucket="boto", Key="a/b c",
                  AccessControlPolicy={"Grants": [g for g in grants["Grants"] if "ID" in g["Grantee"]], "Owner": grants["Owner"]})
refused(lambda: stranger.get_object(Bucket="boto", Key="a/b c"), "AccessDenied")

# Presigned
url = s3.generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": "a/b c"}, ExpiresIn=60)
assert urllib.request.urlopen(url).read() == b"hello"
url = s3.generate_presigned_url("put_object", Params={"Bucket": "boto", "Key": "put"}, ExpiresIn=60)
urllib.request.urlopen(urllib.request.Request(url, data=b"sent", method="PUT"))
assert s3.get_object(Bucket="boto", Key="put")["Body"].read() == b"sent"

# Forms
form = s3.generate_presigned_post(
    "boto", "forms/${filename}", Fields={"acl": "private"}, ExpiresIn=60,
    Conditions=[{"acl": "private"}, ["content-length-range", 1, 10]])
body = io.BytesIO()
for name, value in form["fields"].items():
    body.write(f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
body.write(b'--xx\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\nposted\r\n--xx--\r\n')
headers = {"Content-Type": "multipart/form-data; boundary=xx"}
urllib.request.urlopen(urllib.request.Request(form["url"], data=body.getvalue(), headers=headers))
assert s3.get_object(Bucket="boto", Key="forms/f.txt")["Body"].read() == b"posted"

# Temporary credentials
sts = boto3.client("sts", endpoint_url=endpoint, region_name="us-east-1")
assert sts.get_caller_identity()["UserId"] == "root"
given = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/any", RoleSessionName="boto", Policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::boto/a/*"}]}))["Credentials"]
session = client(aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"],
                 aws_session_token=given["SessionToken"])
assert session.get_object(Bucket="boto", Key="a/b c")["Body"].read() == b"hello"
refused(lambda: session.put_object(Bucket="boto", Key="a/d", Body=b""), "AccessDenied")
for version in ("s3", "s3v4"):
    given_url = client(aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"],
                       aws_session_token=given["SessionToken"], config=Config(signature_version=version)
                       ).generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": "a/b c"}, ExpiresIn=60)
    assert urllib.request.urlopen(given_url).read() == b"hello", version
refused(lambda: sts.get_federation_token(Name="boto"), "InvalidAction")

# Copies in parts, and many deletes
s3.put_object(Bucket="boto", Key="big", Body=bytes(range(256)) * 49152)
s3.copy({"Bucket": "boto", "Key": "big"}, "boto", "big copy",
        Config=boto3.s3.transfer.TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
assert s3.get_object(Bucket="boto", Key="big copy")["Body"].read() == bytes(range(256)) * 49152
keys = [{"Key": o["Key"]} for o in s3.list_objects_v2(Bucket="boto")["Contents"]]
assert len(s3.delete_objects(Bucket="boto", Delete={"Objects": keys})["Deleted"]) == len(keys)
s3.delete_bucket(Bucket="boto")
print("done")
