export { detectSql, SQL_SIGNS, sqlWork } from "./detect-sql.js";
