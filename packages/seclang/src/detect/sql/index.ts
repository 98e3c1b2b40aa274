export { detectSql, sqlWork } from "./detect-sql.js";
