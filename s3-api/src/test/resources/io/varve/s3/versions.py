"""What boto3 does with versions and locks. Arguments: the server's address."""
import datetime
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", config=Config(signature_version="s3v4"))


def refused(call, code, status=None):
    try:
        call()
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        assert status in (None, e.response["ResponseMetadata"]["HTTPStatusCode"]), e
        return e.response["ResponseMetadata"]["HTTPHeaders"]
    raise AssertionError("expected " + code)


def body(**arguments):
    return s3.get_object(Bucket="versions", **arguments)["Body"].read()


def versions(**arguments):
    told = s3.list_object_versions(Bucket="versions", **arguments)
    found = told.get("Versions", []) + told.get("DeleteMarkers", [])
    return {(v["Key"], v["VersionId"]): v["IsLatest"] for v in found}


s3.create_bucket(Bucket="versions")
assert "Status" not in s3.get_bucket_versioning(Bucket="versions")
assert "VersionId" not in s3.put_object(Bucket="versions", Key="k", Body=b"null")
s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
assert s3.get_bucket_versioning(Bucket="versions")["Status"] == "Enabled"
one = s3.put_object(Bucket="versions", Key="k", Body=b"one")["VersionId"]
two = s3.put_object(Bucket="versions", Key="k", Body=b"two")["VersionId"]
assert versions() == {("k", two): True, ("k", one): False, ("k", "null"): False}
assert body(Key="k") == b"two"
assert body(Key="k", VersionId=one) == b"one"
assert body(Key="k", VersionId="null") == b"null"
assert s3.head_object(Bucket="versions", Key="k")["VersionId"] == two

# Delete markers
marker = s3.delete_object(Bucket="versions", Key="k")
assert marker["DeleteMarker"]
headers = refused(lambda: body(Key="k"), "NoSuchKey", 404)
assert headers["x-amz-delete-marker"] == "true" and headers["x-amz-version-id"] == marker["VersionId"]
headers = refused(lambda: body(Key="k", VersionId=marker["VersionId"]), "MethodNotAllowed", 405)
assert headers["x-amz-delete-marker"] == "true"
refused(lambda: body(Key="k", VersionId="x" * 32), "NoSuchVersion", 404)
refused(lambda: body(Key="k", VersionId="short"), "InvalidArgument", 400)
assert s3.list_objects_v2(Bucket="versions")["KeyCount"] == 0
refused(lambda: s3.delete_bucket(Bucket="versions"), "BucketNotEmpty", 409)
assert s3.delete_object(Bucket="versions", Key="never")["DeleteMarker"]
gone = s3.delete_object(Bucket="versions", Key="k", VersionId=marker["VersionId"])
assert gone["DeleteMarker"] and gone["VersionId"] == marker["VersionId"]
assert body(Key="k") == b"two"

# Copies, tags, attributes and parts of versions
copied = s3.copy_object(Bucket="versions", Key="k", CopySource={"Bucket": "versions", "Key": "k", "VersionId": one})
assert copied["CopySourceVersionId"] == one and copied["VersionId"] not in (one, two)
assert body(Key="k") == b"one"
s3.put_object_tagging(Bucket="versions", Key="k", VersionId=two, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
assert s3.get_object_tagging(Bucket="versions", Key="k", VersionId=two)["TagSet"] == [{"Key": "a", "Value": "b"}]
assert s3.get_object_tagging(Bucket="versions", Key="k")["TagSet"] == []
assert s3.get_object_attributes(
    Bucket="versions", Key="k", VersionId=two, ObjectAttributes=["ObjectSize"])["VersionId"] == two
upload = s3.create_multipart_upload(Bucket="versions", Key="parts")["UploadId"]
part = s3.upload_part_copy(Bucket="versions", Key="parts", UploadId=upload, PartNumber=1,
                           CopySource={"Bucket": "versions", "Key": "k", "VersionId": two})
done = s3.complete_multipart_upload(Bucket="versions", Key="parts", UploadId=upload, MultipartUpload={
    "Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
assert body(Key="parts", VersionId=done["VersionId"]) == b"two"

# Pages
pages = s3.get_paginator("list_object_versions").paginate(Bucket="versions", PaginationConfig={"PageSize": 1})
paged = [v["VersionId"] for page in pages for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
assert sorted(paged) == sorted(v for _, v in versions()), paged

# Suspended
s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Suspended"})
s3.put_object(Bucket="versions", Key="k", Body=b"newer null")
assert body(Key="k", VersionId="null") == b"newer null"
assert s3.delete_object(Bucket="versions", Key="k")["VersionId"] == "null"
assert body(Key="k", VersionId=one) == b"one"

# Many at once
deleted = s3.delete_objects(Bucket="versions", Delete={
    "Objects": [{"Key": key, "VersionId": version} for key, version in versions()]})
assert "Errors" not in deleted, deleted
assert versions() == {}
s3.delete_bucket(Bucket="versions")

# Locks
s3.create_bucket(Bucket="versions", ObjectLockEnabledForBucket=True)
assert s3.get_bucket_versioning(Bucket="versions")["Status"] == "Enabled"
lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
s3.put_object_lock_configuration(Bucket="versions", ObjectLockConfiguration=lock)
assert s3.get_object_lock_configuration(Bucket="versions")["ObjectLockConfiguration"] == lock
refused(lambda: s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Suspended"}),
        "InvalidBucketState", 409)
one = s3.put_object(Bucket="versions", Key="k", Body=b"one")["VersionId"]
told = s3.head_object(Bucket="versions", Key="k")
assert told["ObjectLockMode"] == "GOVERNANCE", told
refused(lambda: s3.delete_object(Bucket="versions", Key="k", VersionId=one), "AccessDenied", 403)
errors = s3.delete_objects(Bucket="versions", Delete={"Objects": [{"Key": "k", "VersionId": one}]})["Errors"]
assert errors[0]["Code"] == "AccessDenied", errors
marker = s3.delete_object(Bucket="versions", Key="k")["VersionId"]
s3.delete_object(Bucket="versions", Key="k", VersionId=marker)
s3.put_object_legal_hold(Bucket="versions", Key="k", LegalHold={"Status": "ON"})
refused(lambda: s3.delete_object(Bucket="versions", Key="k", VersionId=one, BypassGovernanceRetention=True),
        "AccessDenied", 403)
assert s3.get_object_legal_hold(Bucket="versions", Key="k")["LegalHold"]["Status"] == "ON"
s3.put_object_legal_hold(Bucket="versions", Key="k", LegalHold={"Status": "OFF"})
assert s3.get_object_legal_hold(Bucket="versions", Key="k")["LegalHold"]["Status"] == "OFF"
s3.delete_object(Bucket="versions", Key="k", VersionId=one, BypassGovernanceRetention=True)
until = datetime.datetime(2150, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
two = s3.put_object(Bucket="versions", Key="k", Body=b"two", ObjectLockMode="COMPLIANCE",
                    ObjectLockRetainUntilDate=until, ObjectLockLegalHoldStatus="OFF")["VersionId"]
assert s3.get_object_retention(Bucket="versions", Key="k", VersionId=two)["Retention"] == {
    "Mode": "COMPLIANCE", "RetainUntilDate": until}
refused(lambda: s3.put_object_retention(Bucket="versions", Key="k", BypassGovernanceRetention=True, Retention={
    "Mode": "COMPLIANCE", "RetainUntilDate": until - datetime.timedelta(days=1)}), "AccessDenied", 403)
s3.put_object_retention(Bucket="versions", Key="k", Retention={
    "Mode": "COMPLIANCE", "RetainUntilDate": until + datetime.timedelta(days=1)})
s3.create_bucket(Bucket="plain")
refused(lambda: s3.get_object_lock_configuration(Bucket="plain"), "ObjectLockConfigurationNotFoundError", 404)
refused(lambda: s3.put_object_lock_configuration(Bucket="plain", ObjectLockConfiguration=lock),
        "InvalidBucketState", 409)
refused(lambda: s3.put_object(Bucket="plain", Key="k", ObjectLockMode="GOVERNANCE",
                              ObjectLockRetainUntilDate=until), "InvalidRequest", 400)
print("done")
