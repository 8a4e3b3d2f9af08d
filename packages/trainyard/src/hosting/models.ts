/**
 * CreateModel, DescribeModel, ListModels, DeleteModel.
 * @module
 */
import { arnOf, seconds, type Operations } from '../context.js';
import { cannotAssume, invalid } from '../errors.js';
import { pageOf, type ListInput } from '../list.js';
import { dropTags, putTags, type Tag } from '../tags.js';
import { found, refuseDuplicate, type Container, type ModelRecord } from './records.js';

type CreateModel = Omit<ModelRecord, 'ModelArn' | 'CreationTime'> & { Tags?: Tag[] };

export const modelOperations: Operations = {
  CreateModel({ Tags, ...model }: CreateModel, context) {
    const ModelArn = arnOf(context, 'model', model.ModelName);
    refuseDuplicate(context, 'model', model.ModelName);
    requireOneContainer(model);
    if (!model.ExecutionRoleArn) throw invalid('ExecutionRoleArn is required: the role that reads the model data.');
    if (!context.settings.roleArns.includes(model.ExecutionRoleArn)) throw cannotAssume(model.ExecutionRoleArn);
    putTags(context, ModelArn, Tags);
    const record: ModelRecord = { ...model, ModelArn, CreationTime: seconds(context.now()) };
    context.store.put('model', model.ModelName, record);
    return { ModelArn };
  },

  DescribeModel({ ModelName }: { ModelName: string }, context) {
    return found<ModelRecord>(context, 'model', ModelName);
  },

  ListModels(input: ListInput, context) {
    const view = ({ ModelName, CreationTime }: ModelRecord) => ({
      name: ModelName,
      createdAt: CreationTime,
      modifiedAt: CreationTime,
    });
    const { page, NextToken } = pageOf(context.store.list<ModelRecord>('model'), view, input, 'Descending');
    const Models = page.map(({ ModelName, ModelArn, CreationTime }) => ({ ModelName, ModelArn, CreationTime }));
    return { Models, NextToken };
  },

  DeleteModel({ ModelName }: { ModelName: string }, context) {
    const { ModelArn } = found<ModelRecord>(context, 'model', ModelName);
    context.store.delete('model', ModelName);
    dropTags(context, ModelArn);
    return undefined;
  },
};

/** @throws ValidationException unless it has one */
export function containerOf({ PrimaryContainer, Containers, ModelName }: CreateModel | ModelRecord): Container {
  const containers = [...(PrimaryContainer ? [PrimaryContainer] : []), ...(Containers ?? [])];
  const [container] = containers;
  if (containers.length !== 1 || !container) {
    throw invalid(
      `Model ${ModelName} has ${containers.length} containers: expected PrimaryContainer (the local SageMaker serves one container a model).`,
    );
  }
  return container;
}

function requireOneContainer(model: CreateModel): void {
  const { Image, ModelDataUrl, ModelDataSource } = containerOf(model);
  if (!Image) throw invalid('PrimaryContainer.Image is required: model packages are not served locally.');
  if (ModelDataUrl && ModelDataSource) {
    throw invalid('PrimaryContainer has ModelDataUrl and ModelDataSource: expected one of them.');
  }
  const source = ModelDataSource?.S3DataSource;
  if (source?.S3DataType === 'S3Prefix' && !source.S3Uri.endsWith('/')) {
    throw invalid(
      `ModelDataSource.S3DataSource.S3Uri "${source.S3Uri}" with S3DataType S3Prefix: expected a URI that ends in "/".`,
    );
  }
  if (source?.S3DataType === 'S3Prefix' && source.CompressionType === 'Gzip') {
    throw invalid('ModelDataSource.S3DataSource with S3DataType S3Prefix: expected CompressionType None.');
  }
}
