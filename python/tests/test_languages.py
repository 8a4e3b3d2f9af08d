"""The language of a text is told from prose; code, tables and settings are of none."""

from __future__ import annotations

import pytest

from attune_jobs.prepare.languages import language_of

CODE = {
    "python": "import boto3\n\nkendra = boto3.client('kendra')\n\nindex_id = '${indexId}'\n"
    "role_arn = 'arn:aws:iam::${accountId}:role/${roleName}'\n\nfaq_path = {\n'Bucket': '${bucketName}'",
    "java": "import software.amazon.awssdk.services.kendra.model.DataSourceSyncJobStatus;\n"
    "import software.amazon.awssdk.services.kendra.model.DataSourceType;\n"
    "import software.amazon.awssdk.services.kendra.model.DescribeDataSourceRequest;",
    "typescript": "const client = new S3Client({ region: 'us-east-1' });\n"
    "const response = await client.send(new GetObjectCommand({ Bucket: name }));\nconsole.log(response.Body);",
    "json": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"]}]}',
    "yaml": "apiVersion: attune/v1\nname: support-search\ndata:\n  pairs: s3://bucket/pairs.jsonl\n",
    "shell": "$ aws sagemaker create-endpoint --endpoint-name foo --endpoint-config-name bar",
    "sql": "CREATE TABLE accounts (id INT PRIMARY KEY, name VARCHAR(40)); SELECT a, b FROM t WHERE c IS NOT NULL",
}

PROSE = {
    "en": "To add a role, call boto3.client('iam') and pass the role_arn that the console shows you.",
    "de": "Rufen Sie create_role auf, und geben Sie die Rolle an, die auf der ersten Seite der Konsole steht.",
    "fr": "Pour ajouter un rôle, appelez create_role et donnez le nom que la console affiche sur la première page.",
    "ru": "Чтобы добавить роль, вызовите create_role и укажите имя, которое показано на первой странице.",
    "zh": "要添加角色，请调用 create_role，并填写控制台首页上显示的名称。",
    "ja": "ロールを追加するには create_role を呼び出し、コンソールの最初のページに表示される名前を指定します。",
    "ko": "역할을 추가하려면 create_role을 호출하고 콘솔 첫 페이지에 표시된 이름을 입력하십시오.",
    "ar": "لإضافة دور جديد استدع create_role وأدخل الاسم الذي يظهر في الصفحة الأولى من وحدة التحكم.",
    "el": "Για να προσθέσετε έναν ρόλο, καλέστε το create_role και δώστε το όνομα που εμφανίζεται στην πρώτη σελίδα.",
    "th": "หากต้องการเพิ่มบทบาท ให้เรียก create_role และระบุชื่อที่แสดงในหน้าแรกของคอนโซล",
}


@pytest.mark.parametrize("kind", CODE)
def test_code_is_of_no_language(kind: str) -> None:
    assert language_of(CODE[kind]) in (None, "en")


@pytest.mark.parametrize("language", PROSE)
def test_prose_with_code_in_it_tells_its_language(language: str) -> None:
    assert language_of(PROSE[language]) == language


def test_an_empty_text_is_of_no_language() -> None:
    assert language_of("") is None
