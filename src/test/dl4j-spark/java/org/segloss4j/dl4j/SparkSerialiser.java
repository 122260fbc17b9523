package org.segloss4j.dl4j;

import java.nio.ByteBuffer;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.Serializer;
import org.apache.spark.serializer.SerializerInstance;
import org.nd4j.kryo.Nd4jRegistrator;
import scala.reflect.ClassTag$;

/** The two serialisers of Spark, set as people set them for ND4J. */
enum SparkSerialiser {

    JAVA {
        @Override
        SparkConf conf() {
            return new SparkConf(false);
        }

        @Override
        Serializer serialiser() {
            return new JavaSerializer(conf());
        }
    },
    KRYO {
        @Override
        SparkConf conf() {
            return new SparkConf(false).set("spark.serializer", KryoSerializer.class.getName())
                    .set("spark.kryo.registrator", Nd4jRegistrator.class.getName());
        }

        @Override
        Serializer serialiser() {
            return new KryoSerializer(conf());
        }
    };

    /** Settings of a Spark that uses it. */
    abstract SparkConf conf();

    abstract Serializer serialiser();

    /** A value written and read again. */
    <T> T roundTrip(T value) {
        SerializerInstance instance = serialiser().newInstance();
        ByteBuffer bytes = instance.serialize(value, ClassTag$.MODULE$.apply(Object.class));
        return instance.deserialize(bytes, ClassTag$.MODULE$.apply(Object.class));
    }
}
