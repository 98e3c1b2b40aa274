export { detectSql, SQL_SIGNS } from "./detect-sql.js";
