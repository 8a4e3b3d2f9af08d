/**
 * What a row of a data file may hold, under which names: the one table that the client's look at local files and the prepare job
 * read. The build writes the copy that Python reads.
 * @module
 */

/** Names by which each thing is known without `data.columns`: the first that a row has counts. */
export const DATA_ROWS = {
  /**
   * By what a file holds. Names of peers: sentence-transformers' (anchor, positive, negative, negative_1, …), FlagEmbedding's
   * (query, pos, neg), BEIR's (_id, text), Anserini's (id, contents).
   */
  columns: {
    pairs: {
      query: ['query', 'anchor'],
      document: ['document', 'positive', 'pos'],
      documentId: ['document_id'],
      negativeIds: ['negative_ids'],
      negatives: ['negatives', 'negative', 'neg'],
      title: ['title'],
      group: ['group'],
      origin: ['origin'],
      score: ['score', 'label'],
      shown: ['shown'],
      clicked: ['clicked'],
    },
    corpus: { id: ['_id', 'id'], text: ['text', 'contents'], title: ['title'] },
    queries: { id: ['_id', 'id'], text: ['text'], group: ['group'], origin: ['origin'] },
    /** `id` and `kind` are the model's question's, in a file of `attune questions`: they say nothing of the test. */
    test: {
      query: ['query', 'anchor'],
      document: ['document', 'positive', 'pos'],
      documentId: ['document_id'],
      title: ['title'],
      group: ['group'],
      origin: ['origin'],
      score: ['score', 'label'],
      accepted: ['accepted'],
      id: ['id', '_id'],
      kind: ['kind'],
    },
  },
  /** Roles that name passages of a corpus or of documents: read where the data have such beside them. */
  idRoles: ['documentId', 'negativeIds'],
  /** What stands for yes under `accepted`, in small letters: spreadsheets write TRUE in the language of whoever saves. */
  accepted: [
    ...['true', 'yes', 'y', 'x', 'ok', '✓', '✔', 'wahr', 'ja', 'vrai', 'oui', 'verdadero', 'sí', 'si', 'vero', 'sì'],
    ...['verdadeiro', 'sim', 'waar', 'prawda', 'tak', 'sand', 'sant', 'sann', 'tosi', 'kyllä', 'pravda', 'ano', 'igaz'],
    ...['igen', 'adevărat', 'da', 'doğru', 'evet', 'истина', 'да', 'істина', 'так', 'αληθης', 'ναι'],
    ...['はい', '是', '예', 'نعم', 'כן'],
  ],
  /** Headers of judgements, in lower case and without what is no letter. */
  qrels: {
    query: ['queryid', 'qid', 'query', 'topic', 'topicid'],
    document: ['corpusid', 'docid', 'documentid', 'pid', 'passageid', 'did', 'docno', 'document', 'doc'],
    score: ['score', 'relevance', 'rel', 'label', 'grade', 'judgement', 'judgment'],
  },
  /** Told as a hint, not read: in one file they may mean this, in the next something else. */
  hints: {
    query: ['question', 'q', 'sentence1', 'text1', 'search_query'],
    document: ['passage', 'answer', 'context', 'response', 'doc', 'sentence2', 'text2'],
    documentId: ['doc_id', 'docid', 'docno', 'pid', 'passage_id', 'corpus_id', 'corpus-id'],
    id: ['doc_id', 'docid', 'docno', 'pid', 'qid', 'query_id', 'corpus_id'],
    text: ['content', 'body', 'passage', 'document', 'query', 'question'],
    group: ['groups', 'source', 'file', 'url'],
  },
  /** `.json` is JSON Lines, as Spark and BigQuery write it. What is gzipped is known by its first bytes. */
  suffixes: [
    ...['.jsonl', '.jsonl.gz', '.ndjson', '.ndjson.gz', '.json', '.json.gz'],
    ...['.csv', '.csv.gz', '.tsv', '.tsv.gz', '.parquet'],
  ],
  qrelsSuffixes: ['.tsv', '.tsv.gz', '.csv', '.csv.gz', '.qrels', '.qrels.gz', '.trec', '.trec.gz'],
  /** Separators of a .csv: the one that its first line has most of. */
  separators: [',', ';', '\t'],
  /** Of a row's id. */
  idCharacters: 1000,
  /** Share of the judgements that may name a question or a passage that is not there: they are left out and counted. */
  danglingShare: 0.01,
  /**
   * Share of what the rows of `data.test` name that may be missing: documents change, and a few questions whose passage is gone
   * must not end a recurring run.
   */
  missingShare: 0.05,
} as const;

export type RowKind = keyof typeof DATA_ROWS.columns;
