import { applications } from "./table.js";

/** Yandex's national domains; its services are at names below each. */
const YANDEX_DOMAINS = "yandex.ru yandex.com yandex.by yandex.kz yandex.uz yandex.com.tr yandex.net".split(
  " ",
);

function atYandex(...services: readonly string[]): string {
  return services.flatMap((service) => YANDEX_DOMAINS.map((domain) => `${service}.${domain}`)).join(" ");
}

/** Vendors of China and Russia whose services span several kinds. */
export const asiaRussia = [
  ...applications("web", [
    [
      "baidu",
      "Baidu",
      "baidu.com bdstatic.com bdimg.com baidustatic.com bcebos.com baidupcs.com hao123.com dwz.cn baidubce.com shifen.com bdydns.com",
    ],
    ["sogou", "Sogou", "sogou.com sogoucdn.com"],
    ["sohu", "Sohu", "sohu.com itc.cn sohucs.com"],
    [
      "360",
      "Qihoo 360",
      "360.cn 360.com so.com qhimg.com qhres.com qhmsg.com 360safe.com qihoo.com 360kuai.com",
    ],
    ["netease", "NetEase", "163.com 126.com 126.net netease.com 127.net yeah.net"],
    ["zhihu", "Zhihu", "zhihu.com zhimg.com"],
    [
      "toutiao",
      "Toutiao",
      "toutiao.com toutiaocdn.com toutiaoimg.com snssdk.com pstatp.com bytedance.com bytedance.net bytecdn.cn byted-static.com byteimg.com bytescm.com volccdn.com ixigua.com",
    ],
    [
      "alibaba",
      "Alibaba",
      "alibaba.com alibabagroup.com alicdn.com 1688.com mmstat.com aliexpress.com aliexpress.ru aliexpress-media.com aliexpress.us",
    ],
    ["taobao", "Taobao and Tmall", "taobao.com tmall.com tbcdn.cn tmall.hk taobaocdn.com fliggy.com"],
    ["jd", "JD.com", "jd.com 360buyimg.com 360buy.com jd.hk joybuy.com"],
    ["meituan", "Meituan", "meituan.com meituan.net dianping.com dpfile.com sankuai.com"],
    ["ctrip", "Trip.com", "ctrip.com trip.com c-ctrip.com tripcdn.com"],
    ["pinduoduo", "Pinduoduo and Temu", "pinduoduo.com yangkeduo.com pddpic.com temu.com kwcdn.com"],
    ["didi", "DiDi", "didiglobal.com xiaojukeji.com didichuxing.com didistatic.com"],
    [
      "yandex",
      "Yandex",
      "yandex.ru yandex.com yandex.net yandex.by yandex.kz yandex.uz yandex.com.tr yandex.st ya.ru yastatic.net yastat.net dzen.ru",
    ],
    [
      "yandex-metrika",
      "Yandex Metrica",
      `${atYandex("mc", "metrika", "metrica", "informer")} mc.webvisor.org mc.webvisor.com`,
      "Yandex Metrica help, domains of the counter",
    ],
    ["yandex-direct", "Yandex Direct", `${atYandex("an", "direct", "yabs", "bs")} yandexadexchange.net`],
    ["yandex-market", "Yandex Market", `${atYandex("market")}`],
    ["rambler", "Rambler", "rambler.ru rambler-co.ru lenta.ru rl0.ru"],
    ["avito", "Avito", "avito.ru avito.st"],
    ["wildberries", "Wildberries", "wildberries.ru wb.ru wbbasket.ru wbstatic.net"],
    ["ozon", "Ozon", "ozon.ru ozone.ru ozonusercontent.com"],
  ]),
  ...applications("cloud", [
    [
      "alibaba-cloud",
      "Alibaba Cloud",
      "aliyun.com aliyuncs.com alibabacloud.com aliyun-inc.com aliyuncdn.com alikunlun.com kunlunsl.com alicloudccp.com",
    ],
    [
      "tencent-cloud",
      "Tencent Cloud",
      "myqcloud.com tencentcloud.com tencentcs.com qcloud.com tencentcloudapi.com tencent-cloud.com tencent-cloud.net cdntip.com qcloudcdn.com tencent.com",
    ],
    [
      "huawei-cloud",
      "Huawei Cloud",
      "huaweicloud.com myhuaweicloud.com hicloud.com dbankcloud.com dbankcloud.cn dbankcdn.com dbankcloud.ru dbankcloud.eu dbankcloud.asia hwclouds-dns.com",
      "HUAWEI Developers, domain names of HMS Core and HUAWEI Cloud services",
    ],
    ["huawei", "Huawei", "huawei.com vmall.com hihonor.com"],
    ["baidu-netdisk", "Baidu Netdisk", "pan.baidu.com d.pcs.baidu.com yun.baidu.com"],
    [
      "yandex-cloud",
      "Yandex Cloud",
      "yandexcloud.net cloud.yandex.ru cloud.yandex.com cloud.yandex.net yandex.cloud",
      "Yandex Cloud documentation, API endpoints",
    ],
    ["yandex-disk", "Yandex Disk", `${atYandex("disk", "webdav", "cloud-api")} yadi.sk`],
    ["volcengine", "Volcengine", "volces.com volcengine.com volcengineapi.com byteplus.com bytepluses.com"],
  ]),
  ...applications("mail", [["yandex-mail", "Yandex Mail", `${atYandex("mail", "imap", "smtp", "pop")}`]]),
  ...applications("media", [
    ["yandex-music", "Yandex Music", `${atYandex("music")}`],
    ["ximalaya", "Ximalaya", "ximalaya.com xmcdn.com himalaya.com"],
    ["qq-music", "QQ Music", "y.qq.com music.tc.qq.com joox.com qqmusic.qq.com"],
  ]),
  ...applications("finance", [
    ["alipay", "Alipay", "alipay.com alipayobjects.com alipay.cn alipayplus.com antgroup.com alipay-eco.com"],
    ["sberbank", "Sber", "sberbank.ru sber.ru sberdevices.ru sberbank.com"],
  ]),
  ...applications("iot", [
    [
      "xiaomi",
      "Xiaomi",
      "xiaomi.com xiaomi.net mi.com miui.com mi-img.com xiaomiyoupin.com mijia.tech mi-fds.com",
    ],
  ]),
];
