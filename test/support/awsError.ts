/** An error as the AWS SDK throws it. */
export const awsError = (name: string, message: string, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode }, $fault: 'client' });
